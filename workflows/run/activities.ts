import { ApplicationFailure, proxyActivities, type ActivityOptions } from '@temporalio/workflow';

import type { ModelActivities, ToolActivities } from '../../domain/agent/activities.ts';
import { shortestTimeoutMs } from '../../domain/agent/stop-reason.ts';
import { FailureType } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { RunLockActivities } from '../../domain/locks/activities.ts';
import { undecodableMark } from '../../domain/messages/reading.ts';
import type { RunActivities } from '../../domain/run/activities.ts';

/** A worker that died is seen after this time at the latest. */
const heartbeatTimeout = '10 seconds';

/**
 * Attempts are unlimited: the ledger and the turn's row decide what another attempt may do, and what is left of the
 * run's deadline bounds them all.
 */
const retry = {
  initialInterval: '200 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
} as const;

/** What opens, announces and closes a run is needed most when the deadline has passed, so no deadline bounds it. */
export const run = (summary: string): RunActivities =>
  proxyActivities<RunActivities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout,
    retry,
    summary,
  });

/**
 * Model calls are slow: three tiers of six minutes fit into one attempt, and two looks at hosts of ten minutes that
 * prepare what was asked for.
 */
export const model = (options: BoundedOptions): ModelActivities =>
  proxyActivities<ModelActivities>(bounded(options, '40 minutes'));

/** A tool call takes as long as its own time-out, which the activity keeps; this is the outer bound. */
export const tools = (options: BoundedOptions): ToolActivities =>
  proxyActivities<ToolActivities>(bounded(options, '20 minutes'));

/** Settling is needed most when the deadline has passed, so no deadline bounds it. */
export const settling = ({
  summary,
  taskQueue,
}: Pick<BoundedOptions, 'summary' | 'taskQueue'>): Pick<ToolActivities, 'recordSettlement'> =>
  proxyActivities<ToolActivities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout,
    retry,
    summary,
    taskQueue,
  });

/** Asking for locks and giving them back is short; the clock of the run stands while it waits. */
export const locking = (summary: string): RunLockActivities =>
  proxyActivities<RunLockActivities>({
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry,
    summary,
  });

/** What bounds one activity, and the line that the Temporal UI shows for it. */
export interface BoundedOptions {
  readonly remainingMs: number;
  readonly summary: string;
  readonly taskQueue: string;
}

function bounded(
  options: BoundedOptions,
  startToCloseTimeout: '20 minutes' | '40 minutes',
): ActivityOptions {
  return {
    // Never below one second: Temporal rejects a negative time-out for ever and takes zero as unlimited.
    scheduleToCloseTimeout: Math.max(shortestTimeoutMs, options.remainingMs),
    startToCloseTimeout,
    heartbeatTimeout,
    retry,
    summary: options.summary,
    taskQueue: options.taskQueue,
  };
}

/** Hands a result on, or fails when the payload could not be decoded. */
export function decoded<T>(result: T): T {
  if (isJsonObject(result) && result[undecodableMark] === true) {
    throw ApplicationFailure.nonRetryable(
      'the result of an activity could not be decoded',
      FailureType.payloadUndecodable,
    );
  }
  return result;
}
