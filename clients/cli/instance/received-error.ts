import { codeMeanings, type ErrorCode, HoldfastError } from '../../../domain/failures.ts';
import type { TransportedError } from '../../../domain/settings/provision-report.ts';

/** Rebuilds the failure that a program sent, so that it is reported as if it had happened here. */
export function receivedError(error: TransportedError): HoldfastError | Error {
  if (!isErrorCode(error.code) || error.code === 'internal') {
    const failure = new HoldfastError('internal', error.message, {
      suggestion: 'run it again with --verbose, and report it with the log if it stays',
    });
    if (error.stack !== undefined) failure.stack = error.stack;
    return failure;
  }
  const failure = new HoldfastError(error.code, error.message, {
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
    ...(error.fieldErrors === undefined ? {} : { fieldErrors: error.fieldErrors }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
  if (error.stack !== undefined) failure.stack = error.stack;
  return failure;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(codeMeanings, code);
}
