import { compactJson, type Json, type JsonObject } from '../json.ts';
import type { Proof } from '../principals/principal.ts';
import { unauthenticated } from '../principals/principal.ts';
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
  /** Who says that it is theirs; counts only with a proof. */
  readonly by?: string | undefined;
  readonly via?: string | undefined;
  readonly proof?: Proof | undefined;
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
    proof: fields.optionalProof(),
  };
  return fields.done(input);
}

/** A decision as its sender signs it: the arguments, which may be large, as their hash. */
export function signedDecision(
  input: DecideApprovalInput,
  argumentsHash: string | undefined,
): JsonObject {
  const { proof: _, arguments: __, remember, ...words } = input;
  const fields: { readonly [key: string]: Json | undefined } = {
    ...words,
    remember: remember === undefined ? undefined : { pattern: remember },
    arguments: argumentsHash,
  };
  return compactJson(fields);
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
    by: unauthenticated,
    via: 'signal',
  };
  return fields.done(input);
}

function rememberPattern(fields: FieldReader): string | undefined {
  const remember = fields.optionalObject('remember');
  return remember === undefined ? undefined : new FieldReader(remember).optionalWord('pattern');
}
