import { proxyActivities, setWorkflowOptions } from '@temporalio/workflow';

import type { UndoActivities, UndoAnswer } from '../../domain/effects/undo.ts';
import { decoded } from '../run/activities.ts';

/** Attempts are unlimited: the ledger decides what another one may do. Looks at remotes take up to 30 s each. */
const undoing = proxyActivities<UndoActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '10 seconds',
  },
});

/**
 * Takes one effect back in the name of a person, or looks what that would do. The activity judges everything that is
 * asked, for anybody may start it with anything.
 * Ends with the answer.
 * Takes no messages.
 * Never continues as new: it is one activity.
 */
export async function undoWorkflow(asked: unknown): Promise<UndoAnswer> {
  return decoded(await undoing.undoEffect(asked));
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, undoWorkflow);
