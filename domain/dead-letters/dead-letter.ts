import type { Hash, Json } from '../json.ts';

/** What was given up: a tool call, a model call, or a message that did not fit its schema. */
export type LetterKind = 'tool' | 'model' | 'message';

/** Where a letter stands. It is closed when a replay of it succeeded, and never deleted by that. */
export const letterStates = ['open', 'replaying', 'closed'] as const;

export type LetterState = (typeof letterStates)[number];

/** Something that is given up, as it is said in the transaction of what it tells of. */
export interface LetterDraft {
  readonly kind: LetterKind;
  /** The call or turn; for a message, what happens only once is the event that tells of it. */
  readonly stepId: string | undefined;
  /** Name of the tool, `model`, or the name of the message. */
  readonly tool: string;
  /** Digest of the prepared call; absent for what was no call. */
  readonly digest?: Hash | undefined;
  /** Redacted; null when they are too large, and stand in the blob. */
  readonly args: Json;
  readonly argsBlob?: Hash | undefined;
  readonly code: string;
  /** For people, redacted, at most 500 characters. */
  readonly message: string;
  /** Tries after the first one. */
  readonly retries: number;
}

/** Days a letter is kept when nobody says otherwise. */
export const defaultLetterDays = 30;

/** What letter ids look like: 16 hexadecimal digits. */
export const letterIdPattern = /^[0-9a-f]{16}$/;
