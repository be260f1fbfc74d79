import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallInput } from '../../../domain/agent/activities.ts';
import { FailureType } from '../../../domain/failures.ts';
import type { OutputProgress } from '../../tools/tool.ts';
import type { PrepareScope } from '../../prepare/prepare-call.ts';
import type { Watching } from './attempt.ts';
import type { EffectDependencies } from '../dependencies.ts';

/** One attempt at a call and everything it needs. */
export interface Attempt {
  readonly dependencies: EffectDependencies;
  readonly input: PerformCallInput;
  readonly signal: AbortSignal;
  readonly progress: OutputProgress;
  readonly uses: Watching['uses'];
  /** Where the call is prepared and performed, under the rules that the run has pinned. */
  readonly scope: () => Promise<PrepareScope>;
}

/** Makes an attempt at a call. */
export function attemptAtCall(
  dependencies: EffectDependencies,
  input: PerformCallInput,
  { signal, uses, progress }: Watching,
): Attempt {
  const scope = async (): Promise<PrepareScope> => {
    const { run, pins, grants } = input;
    const [definitions, workspace] = await Promise.all([
      dependencies.definitions.read(run.tenant, pins.definitions),
      dependencies.workspaces.open(pins.workspace),
    ]);
    const { untrusted = [] } = input.verdict;
    return { run, pins, definitions, workspace, grants, untrusted, signal };
  };
  return { dependencies, input, signal, uses, progress, scope };
}

/** True for what {@link busy} says. */
export function isBusy(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === FailureType.effectBusy;
}

/** Says that somebody else is at this effect: ask again in a moment, however often. */
export function busy(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: FailureType.effectBusy,
    nextRetryDelay: '1 second',
    category: 'BENIGN',
  });
}
