import type { JsonObject } from '../json.ts';
import type { ApprovalId } from '../run/ids.ts';
import { FieldReader, type Parsed } from './reading.ts';

/** A decision as it is sent; only the approval's id and the decision are needed. */
export interface DecideApprovalInput {
  readonly approvalId: ApprovalId;
  readonly decision: 'approve' | 'reject';
  /** When given, the decision counts only for this digest. */
  readonly digest?: string | undefined;
  /** Needed to reject. */
  readonly reason?: string | undefined;
  /** Needed to approve a question. */
  readonly answer?: string | undefined;
  /** Arguments that replace the model's: prepared and judged again. */
  readonly arguments?: JsonObject | undefined;
  /** Pattern of a grant for the rest of the run. */
  readonly remember?: string | undefined;
  readonly raiseMicroUsd?: number | undefined;
  readonly decisionId?: string | undefined;
  readonly by?: string | undefined;
  readonly via?: string | undefined;
}

/** Reads the update `decideApproval`. */
export function parseDecideApproval(value: unknown): Parsed<DecideApprovalInput> {
  const fields = new FieldReader(value);
  const decision = fields.oneOf('decision', ['approve', 'reject']);
  const input = {
    approvalId: fields.word('approvalId'),
    decision,
    digest: fields.optionalWord('digest'),
    reason: decision === 'reject' ? fields.text('reason') : fields.optionalText('reason'),
    answer: fields.optionalText('answer'),
    arguments: fields.optionalObject('arguments'),
    remember: rememberPattern(fields),
    raiseMicroUsd: fields.optionalAmount('raiseMicroUsd'),
    decisionId: fields.optionalWord('decisionId'),
    by: fields.optionalWord('by'),
    via: fields.optionalWord('via'),
  };
  return fields.done(input);
}

/** Reads the signals `approve`, `reject` and `answer`: unauthenticated aliases of the update. */
export function parseDecisionSignal(
  value: unknown,
  signal: 'approve' | 'reject' | 'answer',
): Parsed<DecideApprovalInput> {
  const fields = new FieldReader(value);
  const input: DecideApprovalInput = {
    approvalId: fields.word('approvalId'),
    decision: signal === 'reject' ? 'reject' : 'approve',
    reason: signal === 'reject' ? fields.text('reason') : fields.optionalText('reason'),
    answer: signal === 'answer' ? fields.text('answer') : fields.optionalText('answer'),
    by: 'unauthenticated',
    via: 'signal',
  };
  return fields.done(input);
}

function rememberPattern(fields: FieldReader): string | undefined {
  const remember = fields.optionalObject('remember');
  return remember === undefined ? undefined : new FieldReader(remember).optionalWord('pattern');
}
