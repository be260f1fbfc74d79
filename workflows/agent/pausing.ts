import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

import { shortestTimeoutMs } from '../../domain/agent/stop-reason.ts';
import { failureMeanings, isFailureType } from '../../domain/failures.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { AgentEnd } from './agent-end.ts';

/**
 * Does one step of the loop. A failure that a person can mend pauses the run, and the step is tried again when
 * somebody resumes it; an activity that the run's deadline ended stops the run. Any other failure is the engine's own.
 */
export async function pausing(
  desk: RunDesk,
  step: () => Promise<AgentEnd | undefined>,
): Promise<AgentEnd | undefined> {
  try {
    return await step();
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof TimeoutFailure && desk.remainingMs() < shortestTimeoutMs * 2) {
      return { type: 'stopped', reason: 'time' };
    }
    if (!(cause instanceof ApplicationFailure)) throw error;
    const type = cause.type ?? '';
    const meaning = isFailureType(type) ? failureMeanings[type] : undefined;
    if (meaning?.pause === undefined) throw error;
    await desk.pauseFor(meaning.pause, cause.message.slice(0, 500));
    return undefined;
  }
}
