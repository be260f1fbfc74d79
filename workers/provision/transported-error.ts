import { HoldfastError } from '../../domain/failures.ts';
import type { TransportedError } from '../../domain/settings/provision-report.ts';

/** Makes a failure ready to cross to the command that started this program. */
export function transportError(error: unknown): TransportedError {
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  if (!(error instanceof HoldfastError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'internal', message, ...stack };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
    ...(error.fieldErrors === undefined ? {} : { fieldErrors: error.fieldErrors }),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...stack,
  };
}
