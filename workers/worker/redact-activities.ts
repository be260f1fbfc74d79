import type { ActivityInterceptors } from '@temporalio/worker';

import type { Redactor } from '../../activities/redaction/redactor.ts';

/**
 * The last look at what goes into histories: no result and no failure of an activity holds a known secret, wherever it
 * came from.
 */
export function redactActivities(redactor: Redactor): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        try {
          return redactor.json(await next(input));
        } catch (error) {
          throw redactor.error(error);
        }
      },
    },
  };
}
