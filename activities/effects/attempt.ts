import {
  activityInfo,
  ApplicationFailure,
  cancellationDetails,
  cancellationSignal,
  CancelledFailure,
  heartbeat,
} from '@temporalio/activity';

import { FailureType } from '../../domain/failures.ts';
import { isStorageUnavailable } from '../../storage/postgres/database.ts';
import { ShuttingDown } from './act.ts';
import type { StopWatcher } from './stop-watcher.ts';

/** A fifth of the heartbeat time-out: four beats may get lost. */
const beatMs = 2_000;
/** Attempts after which an error that nobody foresaw is the engine's own fault and ends the run. */
const maxUnforeseenAttempts = 10;

/** What ends the work of an attempt besides cancel and shutdown: `lost` when the server gave the attempt up. */
export type EndedBy = 'also-when-lost' | 'not-when-lost';

/**
 * Runs one attempt of an activity: beats, hands on a signal that aborts for cancel, shutdown and stop rows, and
 * translates what went wrong into failures that the retry policy understands.
 */
export async function attempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  {
    stops,
    runId,
    ends,
  }: { readonly stops: StopWatcher; readonly runId: string; readonly ends: EndedBy },
): Promise<T> {
  heartbeat();
  const timer = setInterval(() => heartbeat(), beatMs);
  const watched = stops.watch(runId);
  const controller = new AbortController();
  const onCancel = (): void => {
    const reason = abortReason(ends);
    if (reason !== undefined) controller.abort(reason);
  };
  const cancelled = cancellationSignal();
  if (cancelled.aborted) onCancel();
  cancelled.addEventListener('abort', onCancel, { once: true });
  try {
    return await work(AbortSignal.any([controller.signal, watched.signal]));
  } catch (error) {
    throw translated(error, controller.signal);
  } finally {
    clearInterval(timer);
    watched.release();
    cancelled.removeEventListener('abort', onCancel);
  }
}

/** Why the work has to end; undefined when it may go on although the server gave this attempt up. */
function abortReason(ends: EndedBy): Error | undefined {
  const details = cancellationDetails();
  if (details?.workerShutdown === true) return new ShuttingDown('the worker is shutting down');
  if (details?.cancelRequested === true) return new CancelledFailure('cancelled');
  return ends === 'also-when-lost'
    ? new ShuttingDown('the server gave this attempt up')
    : undefined;
}

function translated(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (signal.reason instanceof CancelledFailure) return signal.reason;
  if (error instanceof ShuttingDown || signal.reason instanceof ShuttingDown) {
    return ApplicationFailure.create({
      message: 'this worker is shutting down; another one goes on',
      type: FailureType.effectBusy,
      category: 'BENIGN',
    });
  }
  if (isStorageUnavailable(error)) {
    return ApplicationFailure.create({
      message: 'the database cannot be reached',
      type: FailureType.storageUnavailable,
      ...(error instanceof Error ? { cause: error } : {}),
    });
  }
  const nonRetryable = activityInfo().attempt >= maxUnforeseenAttempts;
  return ApplicationFailure.fromError(error, { nonRetryable });
}
