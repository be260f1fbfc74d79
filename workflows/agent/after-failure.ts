import { RetryState } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

import { withNews } from '../../domain/agent/reducer.ts';
import { failureMeanings, isFailureType } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { AgentEnd } from './agent-end.ts';

/**
 * Decides what a failed step of the loop means. A failure that a person can mend holds the run, and the step is tried
 * again when somebody resumes it; an activity that the run's deadline ended, or whose next attempt would begin after
 * it, stops the run. Any other failure is the engine's own, and thrown on.
 */
export function afterFailure(desk: RunDesk, error: unknown): AgentEnd | undefined {
  if (isOutOfTime(error)) return { type: 'stopped', reason: 'time' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) throw error;
  const type = cause.type ?? '';
  const reason = isFailureType(type) ? failureMeanings[type].pause : undefined;
  if (reason === undefined) throw error;
  desk.held = { reason, message: cause.message.slice(0, 500) };
  const tell = toTell(cause.details?.[0]);
  if (tell !== undefined) desk.agent = withNews(desk.agent, tell);
  return undefined;
}

/** What the model has to know of it: a `FailureDetail`, guarded like everything that arrives. */
function toTell(detail: unknown): string | undefined {
  const tell = isJsonObject(detail) ? detail['tell'] : undefined;
  return typeof tell === 'string' ? tell.slice(0, maxTold) : undefined;
}

/** Longest news of the engine, in characters. */
const maxTold = 4_000;

/** Attempts are unlimited, so only the deadline ends them: by a time-out, or with the failure of the last attempt. */
function isOutOfTime(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof TimeoutFailure || error.retryState === RetryState.TIMEOUT;
}
