import type { AgentState, Spent } from '../agent/agent-state.ts';
import type { Approval } from '../approval/approval.ts';
import type { Note } from '../events/note.ts';
import type { FieldError, PauseReason } from '../failures.ts';
import type { Hash, Json, JsonObject } from '../json.ts';
import type { Proof } from '../principals/principal.ts';
import type { SignedMessage } from '../principals/signed-content.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';
import type { CallId, RunId } from './ids.ts';
import type { AgentRef, RunPins } from './run-input.ts';
import type { RunResult } from './run-result.ts';
import type { EndStatus, RunStatus, StopReason } from './status.ts';

/** What opens, announces and closes a run. Implemented in activities/run. */
export interface RunActivities {
  readonly openRun: (input: OpenRunInput) => Promise<OpenRunResult>;
  readonly announceApproval: (input: AnnounceApprovalInput) => Promise<ApprovalAnnounced>;
  readonly announcePause: (input: AnnouncePauseInput) => Promise<Announced>;
  readonly closeRun: (input: CloseRunInput) => Promise<CloseRunResult>;
  readonly verifyProof: (input: VerifyProofInput) => Promise<VerifyProofResult>;
}

/** A message that somebody signed. Workflows have no cryptography. */
export interface VerifyProofInput {
  readonly run: AgentRef;
  readonly message: SignedMessage;
  /** The fields of the message without the proof and without what is signed as its hash. */
  readonly input: JsonObject;
  /** Changed arguments, which are signed as their hash. */
  readonly arguments?: Json;
  readonly proof: Proof;
}

export type VerifyProofResult =
  | {
      readonly type: 'proved';
      /** Name of the registered person. */
      readonly by: string;
      readonly roles: readonly string[];
      /** What was signed, complete. */
      readonly signed: JsonObject;
    }
  | { readonly type: 'refused'; readonly reason: string };

export interface OpenRunInput {
  readonly runId: RunId;
  /** Temporal's first execution run id: a run id is never used by a second chain. */
  readonly firstExecution: string;
  /** The workflow's input as it came: anybody can start a workflow, so it is validated here. */
  readonly start: unknown;
}

export type OpenRunResult =
  | {
      readonly type: 'opened';
      readonly pins: RunPins;
      readonly agent: AgentState;
      readonly deadlineMs: number;
    }
  | {
      readonly type: 'refused';
      readonly code: 'invalid_argument' | 'conflict' | 'not_found';
      readonly message: string;
      /** What to do about it, where one can say so. */
      readonly suggestion?: string;
      readonly fieldErrors: readonly FieldError[];
    };

/** Nothing to say back. */
export type Announced = Readonly<Record<string, never>>;

/** `isClosed`: the inbox has it decided or withdrawn already, as after Temporal was put back to an older state. */
export interface ApprovalAnnounced {
  readonly isClosed?: true;
}

export interface AnnounceApprovalInput {
  readonly run: AgentRef;
  readonly approval: Approval;
  readonly notes: readonly Note[];
  /** Why it is announced once more; absent for the first time. */
  readonly occasion?: Occasion;
  /** The inbox may have lost sight of it: it is open again there, whatever stands there. */
  readonly isAnew?: true;
}

/** What people are told of an approval that is open already. `step` counts from 1. */
export type Occasion =
  | { readonly type: 'reminder' }
  | { readonly type: 'escalation'; readonly step: number; readonly to: string };

export interface AnnouncePauseInput {
  readonly run: AgentRef;
  readonly status: RunStatus;
  readonly pause?: PauseReason;
  /** What a person should know, at most 500 characters. */
  readonly message?: string;
  readonly notes: readonly Note[];
}

export interface CloseRunInput {
  readonly run: AgentRef;
  readonly pins: RunPins;
  readonly head: Hash;
  readonly turn: number;
  readonly status: EndStatus;
  readonly stopReason: StopReason;
  /** The finish call that was accepted. */
  readonly finish?: CallId;
  /** Why it ended badly, for people; at most 500 characters. */
  readonly message?: string;
  readonly spent: Spent;
  readonly settled: readonly CallOutcome[];
  readonly notes: readonly Note[];
}

export type CloseRunResult =
  | { readonly type: 'closed'; readonly result: RunResult }
  | {
      readonly type: 'unsettled';
      readonly calls: readonly {
        readonly callId: CallId;
        readonly digest: Hash;
        readonly subject: string;
      }[];
    };
