import type { ErrorCode } from '../failures.ts';
import type { Hash } from '../json.ts';
import type { WantedLock } from '../locks/lock-name.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import type { CallId } from '../run/ids.ts';
import type { Access } from './access.ts';

/** One tool call, validated and judged. About 400 bytes: arguments and facts stay in PostgreSQL. */
export interface PreparedCall {
  readonly callId: CallId;
  readonly tool: string;
  readonly access: Access;
  readonly queue: string;
  /** Over tool and version, schema, canonical arguments, facts, preconditions and policy. */
  readonly digest: Hash;
  readonly verdict: PolicyVerdict;
  /** What it does, for people; at most 160 characters, no secrets. */
  readonly preview: string;
  /** Set when the call cannot be performed as asked; the model is told. */
  readonly invalid?: { readonly code: ErrorCode; readonly message: string };
  /** Locks that it is performed under, in the order in which they are taken; absent: none. Not part of the digest. */
  readonly locks?: readonly WantedLock[];
}

/** Longest preview in characters. */
const maxPreviewLength = 160;

/** Cuts a text to a preview on one line. */
export function previewOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= maxPreviewLength ? line : `${line.slice(0, maxPreviewLength - 1)}…`;
}
