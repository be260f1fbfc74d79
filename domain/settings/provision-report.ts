import type { FieldError } from '../failures.ts';
import { isJsonObject } from '../json.ts';

/** Parts that only some work needs: got when they are asked for by name. */
export const optionalParts = ['python3-pytest', 'ansible'] as const;

/** What set-up did about one part. */
type PartState = 'found' | 'installed' | 'missing';

/** One way that was tried to get a part, and how it ended. */
export interface ProvisionAttempt {
  readonly way: string;
  readonly outcome: string;
}

/** One part that Holdfast needs on this machine. */
export interface ProvisionedPart {
  readonly name: string;
  readonly state: PartState;
  readonly version?: string;
  /** A path, or the address of a server that somebody else runs. */
  readonly where?: string;
  /** In the order of the tries; empty when the first look found it. */
  readonly attempts: readonly ProvisionAttempt[];
  /** The command that mends a missing part. */
  readonly mend?: string;
  /** Only some work needs it: it may be missing without anything being wrong. */
  readonly isOptional?: true;
}

/** Result of set-up. Complete when no part is missing that everybody needs or that was asked for. */
export interface ProvisionReport {
  readonly home: string;
  readonly isComplete: boolean;
  readonly tookMs: number;
  readonly parts: readonly ProvisionedPart[];
}

/** What the set-up program tells the command that started it. */
export type ProvisionEvent =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'done'; readonly report: ProvisionReport }
  | { readonly type: 'failed'; readonly error: TransportedError };

/** A failure that crosses from a program to the command that started it. */
export interface TransportedError {
  readonly code: string;
  readonly message: string;
  readonly suggestion?: string;
  readonly fieldErrors?: readonly FieldError[];
  readonly details?: unknown;
  /** For `--verbose` only. */
  readonly stack?: string;
}

/** True for a message of the set-up program; programs and commands are always of the same build. */
export function isProvisionEvent(value: unknown): value is ProvisionEvent {
  return isJsonObject(value) && ['progress', 'done', 'failed'].includes(String(value['type']));
}
