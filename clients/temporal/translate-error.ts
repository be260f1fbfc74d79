import {
  codeMeanings,
  failureMeanings,
  HoldfastError,
  isFailureType,
  type ErrorCode,
  type FieldError,
} from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import { isStorageUnavailable } from '../../storage/administration.ts';

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
  if (isNamed(error, 'WorkflowUpdateFailedError') || isNamed(error, 'WorkflowFailedError')) {
    return ofCause(what, error.cause) ?? error;
  }
  if (isNamed(error, 'WorkflowNotFoundError')) {
    return new HoldfastError('conflict', `${what} has ended already`, { cause: error });
  }
  if (isNamed(error, 'WorkflowUpdateRPCTimeoutOrCancelledError') || isOfGrpc(error)) {
    return unavailable('Temporal does not answer', error);
  }
  if (isStorageUnavailable(error)) return unavailable('the database does not answer', error);
  return error;
}

/** The error that says that a part of the installation is down. */
export function unavailable(message: string, cause: unknown): HoldfastError {
  return new HoldfastError('unavailable', message, {
    suggestion: 'see what runs with: holdfast status; start it with: holdfast up',
    cause,
  });
}

/** Errors of Temporal that are told apart. Their classes carry these names, and loading them would take 0.2 s. */
type TemporalErrorName =
  | 'WorkflowUpdateFailedError'
  | 'WorkflowFailedError'
  | 'WorkflowNotFoundError'
  | 'WorkflowUpdateRPCTimeoutOrCancelledError'
  | 'WorkflowExecutionAlreadyStartedError'
  | 'ServiceError'
  | 'TerminatedFailure'
  | 'CancelledFailure'
  | 'ApplicationFailure';

/** True for an error of Temporal with this name. By shape, not by class. */
export function isNamed(
  error: unknown,
  name: TemporalErrorName,
): error is { readonly message: string; readonly cause?: unknown } {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}

/** True for an error of a gRPC call, or one that the SDK made of it. */
function isOfGrpc(error: unknown): boolean {
  if (isNamed(error, 'ServiceError')) return true;
  return (
    typeof error === 'object' &&
    error !== null &&
    'metadata' in error &&
    'details' in error &&
    typeof error.details === 'string'
  );
}

function ofCause(what: string, cause: unknown): HoldfastError | undefined {
  if (isNamed(cause, 'TerminatedFailure')) {
    return new HoldfastError('conflict', `${what} was terminated in Temporal; it was not closed`, {
      suggestion: 'start it again under another key; next time cancel it: holdfast runs cancel',
    });
  }
  if (isNamed(cause, 'CancelledFailure')) {
    return new HoldfastError('conflict', `${what} was cancelled before it began`);
  }
  if (!isNamed(cause, 'ApplicationFailure')) return undefined;
  const type = 'type' in cause ? String(cause.type) : '';
  if (type === 'AcceptedUpdateCompletedWorkflow') {
    return new HoldfastError('conflict', `${what} ended before it could answer`);
  }
  const code = isErrorCode(type)
    ? type
    : isFailureType(type)
      ? failureMeanings[type].code
      : undefined;
  if (code === undefined) return undefined;
  return new HoldfastError(code, cause.message, { ...toldBy(cause), cause });
}

/** What a failure of ours tells besides its message: what to do, and which fields do not fit. */
function toldBy(cause: object): {
  readonly suggestion?: string;
  readonly fieldErrors?: readonly FieldError[];
} {
  const details: unknown = 'details' in cause ? cause.details : undefined;
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  if (!isJsonObject(first)) return {};
  const { suggestion, fieldErrors } = first;
  const fields = Array.isArray(fieldErrors) ? fieldErrors.filter(isFieldError) : [];
  return {
    ...(typeof suggestion === 'string' ? { suggestion } : {}),
    ...(fields.length === 0 ? {} : { fieldErrors: fields }),
  };
}

function isFieldError(value: unknown): value is FieldError {
  return (
    isJsonObject(value) &&
    typeof value['field'] === 'string' &&
    typeof value['constraint'] === 'string'
  );
}

function isErrorCode(type: string): type is ErrorCode {
  return Object.hasOwn(codeMeanings, type);
}
