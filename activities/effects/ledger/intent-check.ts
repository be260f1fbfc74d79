import type { PerformCallInput } from '../../../domain/agent/activities.ts';
import type { FenceToken } from '../../../domain/locks/lock-name.ts';
import type { IntentCheck } from '../../../storage/effects/open-intent.ts';
import { staleToken } from '../../../storage/locks/locks.ts';
import { refusedDecisions, type CallInQuestion, type Refused } from './decisions.ts';

/** Why an intent was not written: what was decided does not cover it, or a lock of the run is another's by now. */
export type IntentRefusal =
  | { readonly type: 'unapproved'; readonly refused: readonly Refused[] }
  | { readonly type: 'stale'; readonly token: FenceToken };

/** What has to hold besides in the transaction of an intent; undefined when there is nothing. */
export function checkOf(
  input: PerformCallInput,
  asked: CallInQuestion | undefined,
): IntentCheck<IntentRefusal> | undefined {
  const { locks: tokens = [] } = input;
  const { tenant, runId } = input.run;
  if (asked === undefined && tokens.length === 0) return undefined;
  return {
    tenant,
    refusal: async (tx) => {
      const token =
        tokens.length === 0 ? undefined : await staleToken(tx, { tenant, runId, tokens });
      if (token !== undefined) return { type: 'stale', token };
      const refused = asked === undefined ? undefined : await refusedDecisions(tx, input, asked);
      return refused === undefined ? undefined : { type: 'unapproved', refused };
    },
  };
}
