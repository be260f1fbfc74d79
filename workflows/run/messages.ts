import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { ApprovalState } from '../../domain/approval/approval.ts';
import type { PauseReason } from '../../domain/failures.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import type { RunState } from './run-state.ts';

/** Answer to a decision: what the approval is now, by whom and since when (ISO 8601). `open`: others must decide too. */
export interface DecidedAnswer {
  readonly approvalId: string;
  readonly state: ApprovalState;
  readonly decidedBy: string;
  readonly at: string;
  /** Who still has to decide, in words. */
  readonly missing?: string;
}

/** Answer to a pause or resume. */
export interface PauseAnswer {
  readonly status: RunStatus;
  readonly pause: PauseReason | null;
}

// Every input is unknown: what arrives meets a guard of domain/messages first.

/** Approves or rejects one pending approval. */
export const decideApprovalUpdate = defineUpdate<DecidedAnswer, [unknown]>('decideApproval');
/** Says what became of an effect whose outcome nobody saw. */
export const settleEffectUpdate = defineUpdate<{ readonly state: string }, [unknown]>(
  'settleEffect',
);
/** Adds words before the next model call. Answers the place in the queue, from 1. */
export const injectUpdate = defineUpdate<{ readonly position: number }, [unknown]>('inject');
/** Holds the run before its next step. */
export const pauseUpdate = defineUpdate<PauseAnswer, [unknown]>('pause');
/** Lets a paused run go on. */
export const resumeUpdate = defineUpdate<PauseAnswer, [unknown]>('resume');
/** Takes a grant back. Answers what is left. */
export const revokeGrantUpdate = defineUpdate<{ readonly grants: readonly string[] }, [unknown]>(
  'revokeGrant',
);

/** Unauthenticated aliases of the updates, for plain Temporal clients. */
export const approveSignal = defineSignal<[unknown]>('approve');
export const rejectSignal = defineSignal<[unknown]>('reject');
export const answerSignal = defineSignal<[unknown]>('answer');
export const injectSignal = defineSignal<[unknown]>('inject');
export const pauseSignal = defineSignal<[unknown]>('pause');
export const resumeSignal = defineSignal<[unknown]>('resume');
/** Makes a run that is held look again; with `{"announce": true}` a waiting one tells people once more what it waits for. */
export const wakeSignal = defineSignal<[unknown]>('wake');

/** A lock was given to the run. Sent by the workflow of the lock. */
export const lockGrantedSignal = defineSignal<[unknown]>('lockGranted');

/** Small state for people and programs: never the conversation. */
export const stateQuery = defineQuery<RunState>('state');
