import type { RefusedEvent } from '../domain/events/read-event.ts';
import type { PauseReason } from '../domain/failures.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RunRequest } from '../domain/run/run-request.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import type { RunStatus, StopReason } from '../domain/run/status.ts';
import type { EffectSummary } from './effects-client.ts';
import type { InboxItem } from './inbox-client.ts';

/** What can be done with runs. */
export interface RunsClient {
  readonly startRun: (start: StartRun) => Promise<StartedRun>;
  readonly listRuns: (filter: RunFilter) => Promise<readonly RunSummary[]>;
  readonly getRun: (run: string) => Promise<RunDetail>;
  /** Events in order of their number, from `after` (0 for all) on; ends by itself when the run has ended. */
  readonly watchRun: (run: string, options: WatchOptions) => AsyncIterable<WatchedItem>;
  /** The result once the run has ended. */
  readonly waitForRun: (run: string, signal?: AbortSignal) => Promise<RunResult>;
  readonly cancelRun: (run: string, reason: string) => Promise<void>;
  readonly pauseRun: (run: string, reason: string | undefined) => Promise<void>;
  readonly resumeRun: (run: string, reason: string | undefined) => Promise<void>;
  /** Adds words before the next model call. Returns the place in the queue, from 1. */
  readonly messageRun: (run: string, text: string) => Promise<{ readonly position: number }>;
  /**
   * What the run changed in its copy: a git patch, and the files with their counts.
   * @throws {HoldfastError} conflict that says what it waits for while it has not ended.
   */
  readonly diffRun: (run: string) => Promise<RunDiff>;
  /** Every message of the conversation, in order. */
  readonly transcript: (run: string) => Promise<readonly TranscriptEntry[]>;
  readonly revokeGrant: (run: string, grantId: string) => Promise<readonly string[]>;
  /** Where to look at a run in the Temporal web UI; undefined when no UI is known. */
  readonly temporalUrl: (run: string) => string | undefined;
}

export interface StartRun {
  /** What the user asked for; defaults are filled in and everything is validated. */
  readonly request: Partial<RunRequest>;
  readonly project?: string;
  /** Idempotency key: the same key with the same request is the same run. */
  readonly key?: string;
}

export interface StartedRun {
  readonly runId: string;
  /** What people type for it. */
  readonly key: string;
  /** The key as it was given, where it cannot stand in an id: `key` is its hash then. */
  readonly givenKey?: string;
  /** True when the run was there already under this key. */
  readonly existing: boolean;
}

export interface RunFilter {
  /** Newest first; at most this many, 20 by default. */
  readonly limit?: number;
  readonly status?: RunStatus;
  /** Only those that have not ended. */
  readonly resumable?: boolean;
}

export interface RunSummary {
  readonly runId: string;
  readonly key: string;
  readonly title: string;
  readonly status: RunStatus;
  readonly pause: PauseReason | null;
  /** What a person should know of the pause or end. */
  readonly message: string | null;
  readonly stopReason: StopReason | null;
  readonly project: string;
  readonly specialist: string;
  readonly policy: string;
  readonly model: string | null;
  /** True when scripted or recorded replies stood in for a model. */
  readonly rehearsal: boolean;
  readonly turn: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly requestedBy: string;
}

export interface RunDetail extends RunSummary {
  readonly request: RunRequest;
  readonly limits: {
    readonly maxTurns: number;
    readonly timeoutSeconds: number;
    readonly maxCostMicroUsd: number | null;
  };
  readonly result: RunResult | null;
  /** Open ones. */
  readonly approvals: readonly InboxItem[];
  readonly grants: readonly {
    readonly grantId: string;
    readonly tool: string;
    readonly pattern: string;
  }[];
  readonly effects: readonly EffectSummary[];
  /** Locks that it waits for, and what people are told of it. */
  readonly waitsForLocks: readonly {
    readonly name: string;
    /** From 1. */
    readonly place: number;
    /** Keys of the runs that hold it. */
    readonly heldBy: readonly string[];
  }[];
}

export interface WatchOptions {
  /** Number of the last event already seen; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/**
 * An event of the log, one that this program cannot read, or words of the model as they come. Words may be lost; a new
 * attempt begins anew.
 */
export type WatchedItem =
  | {
      readonly type: 'event';
      /** `<runId>#<seq>`. */
      readonly id: string;
      readonly seq: number;
      readonly schemaVersion: number;
      readonly event: string;
      readonly at: string;
      readonly runId: string;
      readonly data: JsonObject;
    }
  | ({ readonly type: 'refused' } & RefusedEvent)
  | {
      readonly type: 'delta';
      readonly turn: string;
      readonly attempt: number;
      readonly text: string;
    };

export interface RunDiff {
  readonly patch: Uint8Array;
  readonly files: readonly {
    readonly path: string;
    readonly status: string;
    readonly added: number | null;
    readonly removed: number | null;
  }[];
}

export interface TranscriptEntry {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly callId?: string;
}
