import type { Decision } from '../approval/approval.ts';
import type { BudgetRaise, PassedCap } from '../budget/budget.ts';
import type { Circumstances } from '../approval/tally.ts';
import type { Note } from '../events/note.ts';
import type { ErrorCode, FieldError } from '../failures.ts';
import type { Hash, Json } from '../json.ts';
import type { Grant } from '../policy/grant.ts';
import type { FenceToken, WantedLock } from '../locks/lock-name.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import type { CallId, TurnId } from '../run/ids.ts';
import type { StopReason } from '../run/status.ts';
import type { AgentRef, RunPins } from '../run/run-input.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { InjectedMessage, Spent } from './agent-state.ts';

/** Model calls the agent loop may make. Implemented in activities/model. */
export interface ModelActivities {
  readonly invokeModel: (input: InvokeModelInput) => Promise<InvokeModelResult>;
}

/** Tool calls the agent loop may make. Implemented in activities/effects and activities/prepare. */
export interface ToolActivities {
  readonly performReads: (input: PerformReadsInput) => Promise<PerformReadsResult>;
  readonly performCall: (input: PerformCallInput) => Promise<PerformCallResult>;
  readonly prepareCall: (input: PrepareCallInput) => Promise<PrepareCallResult>;
  readonly recordSettlement: (input: RecordSettlementInput) => Promise<RecordSettlementResult>;
}

/** Everything one model call needs; idempotency key is `turn`. */
export interface InvokeModelInput {
  readonly run: AgentRef;
  readonly turn: TurnId;
  readonly head: Hash;
  readonly pins: RunPins;
  readonly tier: number;
  readonly messages: readonly InjectedMessage[];
  /** Outcomes of the turn before, in the model's order. */
  readonly settled: readonly CallOutcome[];
  /** At most 16. */
  readonly grants: readonly Grant[];
  readonly notes: readonly Note[];
  readonly spent: Spent;
  /** Extra money that people allowed, in micro-units. */
  readonly raisedMicroUsd: number;
  /** Room that people gave in shared budgets, of this turn. */
  readonly raises?: readonly BudgetRaise[];
}

/** Only `answered` is stored: the same turn asked again gives it, never a second call. */
export type InvokeModelResult =
  | {
      readonly type: 'answered';
      readonly tier: number;
      readonly head: Hash;
      readonly calls: readonly PreparedCall[];
      /** Present when the model wrote text and called nothing; at most 160 characters of it. */
      readonly text?: string;
      readonly usage: Spent;
      /** Set where an order has come to its end and there is nothing to finish. */
      readonly end?: OrderEnd;
    }
  | {
      readonly type: 'budget-refused';
      /** Name of the budget; `run` or `price_unknown` for the run's own limit. */
      readonly budget: string;
      /** How much too much; null when the price is unknown or the budget counts something else. */
      readonly microUsd: number | null;
      /** Present for budgets that runs share. */
      readonly cap?: PassedCap;
    }
  | { readonly type: 'stopped'; readonly scope: string }
  /** Only before the first answer of a run: no host has room for it. `message` is for people, at most 500 characters. */
  | { readonly type: 'no-room'; readonly message: string }
  | { readonly type: 'context-full' }
  | { readonly type: 'rate-limited'; readonly retryAfterMs: number }
  | {
      readonly type: 'missing';
      /** Calls whose stored result is gone: performed again, ledger or read answers. */
      readonly calls: readonly CallId[];
      /** Blocks or blobs that are gone: the run pauses. */
      readonly blobs: readonly Hash[];
    }
  | { readonly type: 'exhausted'; readonly errors: readonly TierError[] };

/** How a run that carries out an order ends when it has no result to hand over. */
export interface OrderEnd {
  readonly reason: StopReason;
  /** For people, at most 500 characters. */
  readonly message: string;
}

/** Why one tier gave no answer. */
export interface TierError {
  readonly model: string;
  readonly code: ErrorCode;
  /** At most 200 characters, redacted. */
  readonly message: string;
}

export interface PerformReadsInput {
  readonly run: AgentRef;
  readonly pins: RunPins;
  readonly turn: TurnId;
  readonly calls: readonly { readonly callId: CallId; readonly digest: Hash }[];
  readonly grants: readonly Grant[];
  readonly deadlineMs: number;
}

export interface PerformReadsResult {
  readonly outcomes: readonly CallOutcome[];
  /** Calls that are judged stricter now than when they were prepared. */
  readonly drifted: readonly PreparedCall[];
}

/** Everything one effect needs; idempotency key is `callId`. */
export interface PerformCallInput {
  readonly run: AgentRef;
  readonly pins: RunPins;
  readonly callId: CallId;
  /** Number of the effect before this one; the intent takes the next. */
  readonly effectSeq: number;
  readonly digest: Hash;
  readonly verdict: PolicyVerdict;
  readonly decisions: readonly Decision[];
  /** Who changed the call; absent: nobody did, or nobody in particular has to decide. */
  readonly circumstances?: Pick<Circumstances, 'editedBy'>;
  readonly grants: readonly Grant[];
  readonly notes: readonly Note[];
  readonly deadlineMs: number;
  /** Grants of the locks that the call is performed under; absent: it needs none. */
  readonly locks?: readonly FenceToken[];
}

export type PerformCallResult =
  | {
      readonly type: 'done';
      readonly outcome: CallOutcome;
      readonly effectSeq: number;
      /** The verdict right before it would run, where it is not the one that it was prepared with. */
      readonly verdict?: PolicyVerdict;
    }
  | { readonly type: 'drifted'; readonly call: PreparedCall }
  /** It needs other locks than it was asked with: nothing happened. */
  | { readonly type: 'unlocked'; readonly locks: readonly WantedLock[] }
  | {
      readonly type: 'unapproved';
      readonly callId: CallId;
      readonly refused: readonly {
        readonly decisionId: string;
        readonly reason: 'proof' | 'expired' | 'quorum' | 'duties';
      }[];
    }
  | {
      readonly type: 'unknown';
      readonly callId: CallId;
      readonly evidence: Hash;
      readonly effectSeq: number;
    }
  | { readonly type: 'stopped'; readonly scope: string };

/** A person's changed arguments for a call that waits. */
export interface PrepareCallInput {
  readonly run: AgentRef;
  readonly pins: RunPins;
  readonly callId: CallId;
  readonly arguments: Json;
  readonly decisionId: string;
  readonly grants: readonly Grant[];
}

export type PrepareCallResult =
  | { readonly type: 'prepared'; readonly call: PreparedCall }
  | {
      readonly type: 'invalid';
      readonly message: string;
      readonly fieldErrors: readonly FieldError[];
    };

/** What a person says happened to an effect whose outcome nobody saw. */
export type Settlement = 'happened' | 'did-not-happen' | 'run-again';

export interface RecordSettlementInput {
  readonly run: AgentRef;
  readonly callId: CallId;
  readonly settlement: Settlement;
  readonly reason: string;
  readonly by: string;
  readonly decisionId: string;
  readonly notes: readonly Note[];
}

export type RecordSettlementResult =
  | { readonly type: 'settled'; readonly outcome: CallOutcome; readonly effectSeq: number }
  | { readonly type: 'run-again' }
  | { readonly type: 'refused'; readonly reason: string };
