import { HoldfastError } from '../../domain/failures.ts';

/** A command that was used in a way it cannot work (exit 2), with what would have been right. */
export function wrongUse(message: string, suggestion: string): HoldfastError {
  return new HoldfastError('invalid_argument', message, { suggestion });
}
