import { ApplicationFailure } from '@temporalio/workflow';

import { FailureType } from '../../domain/failures.ts';
import type { RunCarry } from '../../domain/run/run-input.ts';

/**
 * Largest input of an activity, in characters of JSON: at the worst 16 outcomes with a person's 2 KB, 12 KB each of
 * messages and notes, 16 grants, escapes included. Temporal would fail the workflow task for ever above 2 MiB.
 */
const maxInputCharacters = 160 * 1024;

/** Largest state that continue-as-new carries, in characters of JSON. */
const maxCarryCharacters = 128 * 1024;

/**
 * Makes a carried state small enough. What grows with a run's age is shortened: who decided what long ago. The rest
 * is bounded by the guards of messages, so that the state always fits far below what Temporal takes.
 */
export function fittingCarry(carry: RunCarry): RunCarry {
  const kept = keptDecisions.map((keep) => ({ ...carry, decided: newest(carry.decided, keep) }));
  const fitting = kept.find((each) => lengthOf(each) <= maxCarryCharacters);
  return fitting ?? { ...carry, decided: [] };
}

/** How many of the newest decisions are kept, most first. */
const keptDecisions = [200, 100, 50, 10] as const;

function newest<T>(items: readonly T[], count: number): readonly T[] {
  return items.slice(Math.max(0, items.length - count));
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

/** Hands an input on when it is small enough for history. @throws {ApplicationFailure} Payload.TooLarge */
export function smallInput<T>(input: T): T {
  const length = lengthOf(input);
  if (length <= maxInputCharacters) return input;
  throw ApplicationFailure.nonRetryable(
    `an input of ${length} characters is over the limit of ${maxInputCharacters}`,
    FailureType.payloadTooLarge,
  );
}
