import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

import {
  FailureType,
  HoldfastError,
  type ErrorCode,
  type FailureDetail,
} from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import { isStorageUnavailable } from '../../storage/postgres/database.ts';
import { CallEnded, ShuttingDown } from '../tools/tool.ts';
import { StoppedByRow } from './perform/stop-watcher.ts';

/** Storage is asked again this soon: an outage costs a run no more than it lasts. */
const storageRetryDelay = '2 seconds';

/** What a person has to mend before the same activity can work; it is not tried again by itself. */
const mendable: { readonly [code in ErrorCode]?: FailureType } = {
  sandbox_unavailable: FailureType.sandboxUnavailable,
  workspace_lost: FailureType.workspaceLost,
};

/** True for errors that have a rule of their own, so that they never count against the run. */
export function isForeseen(error: unknown, signal: AbortSignal): boolean {
  return (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    signal.aborted ||
    error instanceof ShuttingDown ||
    isStorageUnavailable(error) ||
    mendingOf(error) !== undefined
  );
}

/**
 * Makes a failure out of what an attempt threw. An attempt that its signal ended fails for the reason of the signal,
 * whatever it threw on the way.
 */
export function translated(
  error: unknown,
  signal: AbortSignal,
  unforeseen: 'try-again' | 'give-up',
): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (isStorageUnavailable(error)) return storageUnavailable(error);
  if (signal.aborted || error instanceof CallEnded || error instanceof ShuttingDown) {
    return ofAbort(signal.aborted ? signal.reason : error);
  }
  const type = mendingOf(error);
  if (type !== undefined && error instanceof HoldfastError) {
    const hint = error.suggestion === undefined ? '' : `; ${error.suggestion}`;
    return ApplicationFailure.nonRetryable(`${error.message}${hint}`, type, ...toTell(error));
  }
  return ApplicationFailure.fromError(error, { nonRetryable: unforeseen === 'give-up' });
}

/** What the model has to know before it goes on; the workflow looks for it in the details of a failure. */
function toTell({ details }: HoldfastError): readonly FailureDetail[] {
  const tell = isJsonObject(details) ? details['tell'] : undefined;
  return typeof tell === 'string' ? [{ tell }] : [];
}

function mendingOf(error: unknown): FailureType | undefined {
  return error instanceof HoldfastError ? mendable[error.code] : undefined;
}

function ofAbort(reason: unknown): unknown {
  if (reason instanceof CancelledFailure) return reason;
  if (reason instanceof StoppedByRow) {
    return ApplicationFailure.nonRetryable(reason.message, FailureType.runStopped);
  }
  return ApplicationFailure.create({
    message: 'this worker is shutting down; another one goes on',
    type: FailureType.effectBusy,
    category: 'BENIGN',
  });
}

function storageUnavailable(error: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'the database cannot be reached',
    type: FailureType.storageUnavailable,
    nextRetryDelay: storageRetryDelay,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
