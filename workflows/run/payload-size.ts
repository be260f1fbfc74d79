import { ApplicationFailure } from '@temporalio/workflow';

import { FailureType } from '../../domain/failures.ts';

/**
 * Largest input of an activity, in characters of JSON: 16 outcomes of 2 KB, 12 KB each of messages and notes, and the
 * rest. Temporal would fail the workflow task for ever above 2 MiB.
 */
const maxInputCharacters = 64 * 1024;

/** Largest state that continue-as-new carries, in characters of JSON. */
const maxCarryCharacters = 128 * 1024;

/** Hands an input on when it is small enough for history. @throws {ApplicationFailure} Payload.TooLarge */
export function smallInput<T>(input: T): T {
  return checked(input, maxInputCharacters);
}

/** Hands a carried state on when it is small enough. @throws {ApplicationFailure} Payload.TooLarge */
export function smallCarry<T>(carry: T): T {
  return checked(carry, maxCarryCharacters);
}

function checked<T>(value: T, limit: number): T {
  const { length } = JSON.stringify(value);
  if (length <= limit) return value;
  throw ApplicationFailure.nonRetryable(
    `an input of ${length} characters is over the limit of ${limit}`,
    FailureType.payloadTooLarge,
  );
}
