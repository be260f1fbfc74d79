import { compactJson, type Json, type JsonObject } from '../json.ts';
import type { Proof } from './principal.ts';

/** Messages that a person can sign. */
export type SignedMessage =
  | 'start'
  | 'decideApproval'
  | 'settleEffect'
  | 'undoEffect'
  | 'breakLock'
  | 'pause'
  | 'resume'
  | 'inject'
  | 'revokeGrant';

/** What is to be signed, or was: the message's input as it is sent, without the proof. */
export interface ToSign {
  readonly message: SignedMessage;
  readonly runId: string;
  /** Large parts stand in it as their hash; keys without a value do not count. */
  readonly input: { readonly [key: string]: Json | undefined };
}

/**
 * What a proof's signature covers, as canonical JSON (RFC 8785): the input with the run, the message and the time, so
 * that a proof can be used neither for another run nor for another message, nor at another time.
 */
export function signedContent({ message, runId, input }: ToSign, at: Proof['at']): JsonObject {
  return { ...compactJson(input), runId, message, at };
}
