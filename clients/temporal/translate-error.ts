import {
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';

import {
  codeMeanings,
  failureMeanings,
  HoldfastError,
  isFailureType,
  type ErrorCode,
} from '../../domain/failures.ts';

/** Runs a call and turns what Temporal or PostgreSQL throw into an error with a code of the registry. */
export async function translated<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(what, error);
  }
}

/** An error of a client call with a code of the registry; our own errors stay as they are. */
export function translate(what: string, error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    return ofCause(what, error.cause) ?? error;
  }
  if (error instanceof WorkflowNotFoundError) {
    return new HoldfastError('conflict', `${what} has ended already`, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error)) {
    return unavailable('Temporal does not answer', error);
  }
  if (isConnectionError(error)) return unavailable('the database does not answer', error);
  return error;
}

/** The error that says that a part of the installation is down. */
export function unavailable(message: string, cause: unknown): HoldfastError {
  return new HoldfastError('unavailable', message, {
    suggestion: 'see what runs with: holdfast status; start it with: holdfast up',
    cause,
  });
}

function ofCause(what: string, cause: unknown): HoldfastError | undefined {
  if (cause instanceof TerminatedFailure) {
    return new HoldfastError('conflict', `${what} was terminated in Temporal; it was not closed`, {
      suggestion: 'start it again under another key; next time cancel it: holdfast runs cancel',
    });
  }
  if (cause instanceof CancelledFailure) {
    return new HoldfastError('conflict', `${what} was cancelled before it began`);
  }
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const type = cause.type ?? '';
  if (type === 'AcceptedUpdateCompletedWorkflow') {
    return new HoldfastError('conflict', `${what} ended before it could answer`);
  }
  const code = isErrorCode(type)
    ? type
    : isFailureType(type)
      ? failureMeanings[type].code
      : undefined;
  return code === undefined ? undefined : new HoldfastError(code, cause.message, { cause });
}

function isErrorCode(type: string): type is ErrorCode {
  return Object.hasOwn(codeMeanings, type);
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return /^(?:ECONN|EPIPE|ETIMEDOUT|57P|08)/.test(String(error.code));
}
