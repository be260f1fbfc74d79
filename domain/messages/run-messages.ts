import type { Settlement } from '../agent/activities.ts';
import { engineAuthor } from '../agent/engine-author.ts';
import { unauthenticated, type Proof } from '../principals/principal.ts';
import type { CallId } from '../run/ids.ts';
import { FieldReader, type Parsed } from './reading.ts';

/** What a person says about an effect whose outcome nobody saw. */
export interface SettleEffectInput {
  readonly callId: CallId;
  readonly settlement: Settlement;
  readonly reason: string;
  readonly decisionId?: string | undefined;
  readonly by?: string | undefined;
  readonly proof?: Proof | undefined;
}

/** Reads the update `settleEffect`. */
export function parseSettleEffect(value: unknown): Parsed<SettleEffectInput> {
  const fields = new FieldReader(value);
  const input = {
    callId: fields.word('callId'),
    settlement: fields.oneOf('settlement', ['happened', 'did-not-happen', 'run-again']),
    reason: fields.text('reason'),
    decisionId: fields.optionalWord('decisionId'),
    by: fields.optionalWord('by'),
    proof: fields.optionalProof(),
  };
  return fields.done(input);
}

/** Words for the running agent: `text` of at most 2 KB, or a blob. */
export interface InjectInput {
  readonly messageId?: string | undefined;
  readonly text?: string | undefined;
  readonly blob?: string | undefined;
  readonly author: string;
  readonly proof?: Proof | undefined;
}

/** Reads the update and signal `inject`. */
export function parseInject(value: unknown): Parsed<InjectInput> {
  const fields = new FieldReader(value);
  const blob = fields.optionalWord('blob');
  const input = {
    messageId: fields.optionalWord('messageId'),
    text: blob === undefined ? fields.text('text') : undefined,
    blob,
    author: fields.optionalWord('author') ?? unauthenticated,
    proof: fields.optionalProof(),
  };
  // SAFETY: what the engine itself says is told to the model without a name.
  if (input.author === engineAuthor) return { type: 'refused', reason: 'author is taken' };
  return fields.done(input);
}

/** Who pauses or resumes, and why. */
export interface PauseInput {
  readonly reason?: string | undefined;
  readonly by: string;
  readonly proof?: Proof | undefined;
}

/** Reads `pause` and `resume`, as update and signal; nothing at all counts as no reason. */
export function parsePause(value: unknown): Parsed<PauseInput> {
  const fields = new FieldReader(value ?? {});
  const input = {
    reason: fields.optionalText('reason'),
    by: fields.optionalWord('by') ?? unauthenticated,
    proof: fields.optionalProof(),
  };
  return fields.done(input);
}

/** A grant that no longer holds. */
export interface RevokeGrantInput {
  readonly grantId: string;
  readonly by: string;
  readonly proof?: Proof | undefined;
}

/** Reads the update `revokeGrant`. */
export function parseRevokeGrant(value: unknown): Parsed<RevokeGrantInput> {
  const fields = new FieldReader(value);
  const input = {
    grantId: fields.word('grantId'),
    by: fields.optionalWord('by') ?? unauthenticated,
    proof: fields.optionalProof(),
  };
  return fields.done(input);
}
