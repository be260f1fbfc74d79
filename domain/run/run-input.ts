import type { AgentState } from '../agent/agent-state.ts';
import type { DecidedApproval } from '../approval/approval.ts';
import type { PauseReason } from '../failures.ts';
import type { Hash } from '../json.ts';
import type { CallLocks } from '../locks/call-locks.ts';
import type { Principal, Proof } from '../principals/principal.ts';
import type { RunId } from './ids.ts';
import type { Limits } from './limits.ts';
import type { RunRequest } from './run-request.ts';

/** Input of the run workflow; the run id is the Workflow Id. */
export interface RunInput {
  readonly tenant: string;
  readonly project: string;
  readonly requestedBy: Principal;
  readonly proof?: Proof;
  readonly request: RunRequest;
  /** Set by continue-as-new only. */
  readonly carry?: RunCarry;
}

/** Task queues by role. On one machine all are the same. */
export interface QueueMap {
  readonly workflow: string;
  readonly model: string;
  readonly tools: string;
}

/** Where the run's own copy of the files is. */
export interface WorkspaceRef {
  /** Folder name under the workspaces folder of the host's data folder. */
  readonly id: string;
  readonly host: string;
}

/** What a run keeps from its start to its end, whatever is configured meanwhile. */
export interface RunPins {
  /** Blob with everything pinned: specialist, models and prices, tool schemas, policy profiles. */
  readonly definitions: Hash;
  readonly policy: Hash;
  readonly limits: Limits;
  readonly queues: QueueMap;
  readonly workspace: WorkspaceRef;
  /** Gates that finish must pass. */
  readonly gates: readonly FinishGate[];
  /** One line of what the run is about, for people. */
  readonly title: string;
  /** The registered person who signed the start; absent when nobody did. */
  readonly requestedBy?: string;
}

/** A check of the finish beyond its schema. `tests-verified`: a green test run newer than the last change is on record. */
export type FinishGate = 'tests-verified';

/** Which agent of which run. */
export interface AgentRef {
  readonly runId: RunId;
  readonly tenant: string;
  readonly project: string;
  /** `main`, or `step/<id>`. */
  readonly agentPath: string;
  readonly specialist: string;
  readonly mode?: string;
}

/** What continue-as-new carries on: at most 128 KB. */
export interface RunCarry {
  readonly pins: RunPins;
  readonly agent: AgentState;
  readonly deadlineMs: number;
  readonly waitingSinceMs?: number;
  /** Newest 200, so that a repeated decision is answered after continue-as-new too. */
  readonly decided: readonly DecidedApproval[];
  /** Set when a person paused the run. */
  readonly pausedBy?: string;
  /** Set while the run waits for somebody to mend something. */
  readonly held?: Hold;
  /** Set while the run holds or waits for locks. */
  readonly locks?: CallLocks;
  /** The wait that people were told of last. */
  readonly announced?: string;
  /** Set when people are to be told once more what it waits for. */
  readonly mustAnnounce?: true;
}

/** Why a run waits until somebody resumes it. */
export interface Hold {
  readonly reason: PauseReason;
  /** For people, at most 500 characters. */
  readonly message: string;
}
