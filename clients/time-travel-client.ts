import type { EffectState } from '../domain/effects/effect-record.ts';
import type { RefusedEvent } from '../domain/events/read-event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { WorkspaceRef } from '../domain/run/run-input.ts';
import type { RunStatus } from '../domain/run/status.ts';
import type { StartedRun } from './runs-client.ts';

/** Going back in what runs did, and holding it against what the program would do today. */
export interface TimeTravelClient {
  /**
   * What a run that goes on behind a turn takes from the record, and what it leaves behind.
   * @throws {HoldfastError} not_found for a turn that the run has not taken.
   */
  readonly planFork: (run: string, turn: number) => Promise<ForkPlan>;
  /** Starts the run that goes on behind a turn; with `cancel` the first one is ended before. */
  readonly forkRun: (fork: ForkRun) => Promise<StartedRun>;
  /** Everything that is on record of a run, in order; the same every time. Nothing is executed. */
  readonly recordOf: (run: string) => Promise<RunRecord>;
  /** Where the files of a run are, and whether the run leaves them alone for now: it is paused or has ended. */
  readonly workspaceOf: (run: string) => Promise<RunWorkspace>;
  /** Verdicts on record that the policy code of today would not give. Empty when all are the same. */
  readonly judgeAgain: (run: string) => Promise<readonly ChangedVerdict[]>;
}

export interface RunWorkspace {
  readonly key: string;
  readonly workspace: WorkspaceRef;
  readonly status: RunStatus;
  readonly isQuiet: boolean;
}

export interface ForkRun {
  readonly run: string;
  /** 0 stands for the beginning of the run. */
  readonly turn: number;
  readonly original: 'keep' | 'cancel';
}

export interface ForkPlan {
  readonly runId: string;
  readonly turn: number;
  /** Turns that the run has taken so far. */
  readonly turns: number;
  /** Calls of the run, in order. */
  readonly calls: readonly ForkedCall[];
}

export interface ForkedCall {
  readonly callId: string;
  readonly turn: number;
  readonly tool: string;
  readonly preview: string;
  /** State of its row in the ledger; null for a call without an effect. */
  readonly effect: EffectState | null;
  /**
   * `record`: taken from the record. `restored`: left behind, and what it did to the workspace is not in the fork.
   * `asked`: left behind, what it did stays done, and its like waits for an approval. `none`: left behind, no effect.
   */
  readonly becomes: 'record' | 'restored' | 'asked' | 'none';
}

export interface RunRecord {
  readonly runId: string;
  readonly events: readonly {
    readonly seq: number;
    readonly type: string;
    /** ISO 8601. */
    readonly at: string;
    readonly data: JsonObject;
  }[];
  /** Events that this program cannot read, in order; they are missing above. */
  readonly refused: readonly RefusedEvent[];
}

export interface ChangedVerdict {
  readonly callId: string;
  readonly tool: string;
  readonly recorded: string;
  readonly today: string;
}
