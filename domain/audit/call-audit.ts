import type { TrustLevel } from '../tools/tool-trust.ts';
import type { Hash } from '../json.ts';
import { csvLine } from './csv.ts';

/** How a call came out: done, failed, or kept from happening by policy or a person. */
export const callStatuses = ['success', 'error', 'blocked'] as const;

export type CallStatus = (typeof callStatuses)[number];

/** What the audit says of one call that a model made. */
export interface CallRecord {
  readonly callId: string;
  readonly runId: string;
  /** ISO 8601: when it was asked for. */
  readonly timestamp: string;
  readonly toolName: string;
  /** SHA-256 of the arguments as canonical JSON (RFC 8785), base64url: equal for equal arguments. */
  readonly argsHash: Hash;
  /** Null while it is open, and when its run ended before it was performed. */
  readonly resultStatus: CallStatus | null;
  /** How far the source of its tool was trusted when it was judged; null when it did not get as far. */
  readonly trustLevel: TrustLevel | null;
  /** Milliseconds; null where nothing was performed, or nobody saw the end. */
  readonly durationMs: number | null;
  /** Null for a call that was done. */
  readonly errorCode: string | null;
}

/** Formats of an export of calls. */
export const callFormats = ['jsonl', 'csv'] as const;

export type CallFormat = (typeof callFormats)[number];

const columns = [
  'timestamp',
  'toolName',
  'argsHash',
  'resultStatus',
  'trustLevel',
  'durationMs',
  'errorCode',
  'callId',
  'runId',
] as const satisfies readonly (keyof CallRecord)[];

/** Writes calls as lines of one format, each ended by a line break; `head` stands before the first. */
export function callWriter(format: CallFormat): {
  readonly head: string;
  readonly line: (call: CallRecord) => string;
} {
  if (format === 'jsonl') return { head: '', line: (call) => `${JSON.stringify(call)}\n` };
  return {
    head: csvLine(columns),
    line: (call) => csvLine(columns.map((column) => String(call[column] ?? ''))),
  };
}
