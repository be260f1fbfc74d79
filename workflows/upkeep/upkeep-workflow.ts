import {
  ApplicationFailure,
  continueAsNew,
  patched,
  proxyActivities,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';

import { tenantOfUpkeep, type UpkeepActivities } from '../../domain/upkeep/activities.ts';

/** A round begins this often, in milliseconds: a day of waiting costs about 600 events of history. */
const roundMs = 30 * 60 * 1_000;
/** Rounds of one execution: its history stays far below what the server suggests to end it at. */
const maxRounds = 48;

/**
 * Attempts are without end: upkeep has nobody to give up to. A duty beats seldom, because each beat is a write of the
 * server; a worker that is supervised is reported dead at once, and no other is missed for longer than 30 s.
 */
const duties = proxyActivities<UpkeepActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * Does for a tenant what belongs to no run: the chain of the audit and its copy in git, runs that ended unseen, pruning.
 * Never ends by itself; ends by terminate or cancel, and `up` starts it again.
 * Takes no messages.
 * Continues as new after a number of rounds, between two of them.
 */
export async function upkeepWorkflow(): Promise<never> {
  const tenant = tenantOf(workflowInfo().workflowId);
  for (let count = 0; count < maxRounds; count += 1) {
    const duty = { tenant, untilMs: Date.now() + roundMs };
    // A new duty goes behind these, with patched(): executions that wait here replay.
    const round = [duties.sequenceOutbox(duty), duties.commitOutcomes(duty)];
    // May go when no execution from before it is left: each lasts a day.
    if (patched('2026-11-repair-and-prune')) {
      round.push(duties.repairRuns(duty), duties.pruneData(duty));
    }
    await Promise.all(round);
  }
  return continueAsNew<typeof upkeepWorkflow>();
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, upkeepWorkflow);

/** The id is what makes it the only one, so the tenant comes from there and not from an input. */
function tenantOf(workflowId: string): string {
  const tenant = tenantOfUpkeep(workflowId);
  if (tenant !== undefined) return tenant;
  throw ApplicationFailure.nonRetryable(`${workflowId} is no id of an upkeep`, 'invalid_argument');
}
