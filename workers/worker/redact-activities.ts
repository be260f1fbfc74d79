import type { ActivityInterceptors } from '@temporalio/worker';

import type { Redactor } from '../../activities/redaction/redactor.ts';

/**
 * What was made here and is compared to the letter later: a short secret such as a word must not end up in the middle of
 * it. The one text among it, the title of a run, is free of secrets where it is made.
 */
const compared: ReadonlySet<string> = new Set(['pins', 'runId', 'callId', 'locks', 'lockName']);

/**
 * The last look at what goes into histories: no result and no failure of an activity holds a known secret, wherever it
 * came from.
 */
export function redactActivities(redactor: Redactor): ActivityInterceptors {
  return {
    inbound: {
      execute: async (input, next) => {
        try {
          return redactor.json(await next(input), compared);
        } catch (error) {
          throw redactor.error(error);
        }
      },
    },
  };
}
