import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

import type { DutyInput, DutyResult, UpkeepActivities } from '../../domain/upkeep/activities.ts';
import { FailureType } from '../../domain/failures.ts';
import { isStorageUnavailable } from '../../storage/postgres/database.ts';
import { closeAbandonedRun } from '../run/close-run.ts';
import { keepDoing } from './duty.ts';
import { OutcomeCommitter } from './git-trail/commit-outcomes.ts';
import { RunRepairer } from './repair/repair-runs.ts';
import { temporalExecutions } from './repair/temporal-executions.ts';
import { CapacityWaker } from './repair/wake-waiting.ts';
import { DailyPruner } from './retention/prune-daily.ts';
import { sequenceAll } from './sequence-outbox.ts';
import type { UpkeepDependencies } from './upkeep-dependencies.ts';

/** A third of the heartbeat time-out; each beat is a write of the server. */
const beatMs = 10_000;
/** Time between two looks, in milliseconds: so late is a record at most when nothing else goes on. */
const pauseMs = 1_000;

/** Makes the activities of upkeep. */
export function createUpkeepActivities(dependencies: UpkeepDependencies): UpkeepActivities {
  const { db, now, repository, runs, warn } = dependencies;
  const repairer = new RunRepairer({
    db,
    now,
    warn,
    close: async (run, end, signal) => closeAbandonedRun(runs, run, { ...end, signal }),
  });
  const waker = new CapacityWaker(dependencies);
  const pruner = new DailyPruner(dependencies);
  const committer =
    repository === undefined ? undefined : new OutcomeCommitter(dependencies, repository);
  return {
    sequenceOutbox: async (input) =>
      duty(dependencies, input, async () => sequenceAll(dependencies, input.tenant)),
    // Without a repository it only waits: the worker that knows one begins the same duty.
    commitOutcomes: async (input) =>
      duty(dependencies, input, async () => (await committer?.commitWaiting(input.tenant)) ?? 0),
    repairRuns: async (input) => {
      const executions = temporalExecutions(Context.current().client);
      return duty(dependencies, input, async (signal) => {
        const woken = await waker.wakeSome(input.tenant, executions);
        return woken + (await repairer.repairSome(input.tenant, executions, signal));
      });
    },
    pruneData: async (input) =>
      duty(dependencies, input, async () => pruner.pruneDue(input.tenant)),
  };
}

async function duty(
  { now, closing }: UpkeepDependencies,
  { untilMs }: DutyInput,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<DutyResult> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), beatMs);
  const signal = AbortSignal.any([context.cancellationSignal, closing]);
  try {
    return { count: await keepDoing({ untilMs, now, signal, pauseMs }, async () => work(signal)) };
  } catch (error) {
    if (signal.aborted) throw endedBy(context);
    throw isStorageUnavailable(error) ? unavailable(error) : error;
  } finally {
    clearInterval(timer);
  }
}

function endedBy({ cancellationDetails: details }: Context): Error {
  if (details?.cancelRequested === true) return new CancelledFailure('cancelled');
  return ApplicationFailure.create({
    message: 'this worker is shutting down; another one goes on',
    type: FailureType.effectBusy,
    nextRetryDelay: '200 milliseconds',
    category: 'BENIGN',
  });
}

function unavailable(error: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'the database cannot be reached',
    type: FailureType.storageUnavailable,
    nextRetryDelay: '2 seconds',
    category: 'BENIGN',
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
