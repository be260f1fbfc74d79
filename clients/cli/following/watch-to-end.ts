import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { followRun, type FollowOptions } from './follow-run.ts';
import { createLiveFollower } from './live-follower.ts';
import { createJsonFollower, createQuietFollower } from './plain-followers.ts';
import { showRunEnd } from './show-run-end.ts';

/** How a run is followed: with the live view (or JSON lines), or in silence until its end. */
export type FollowManner = 'watch' | 'wait';

/** A run to follow. */
export interface RunToFollow {
  readonly runId: string;
  readonly key: string;
  readonly manner: FollowManner;
  readonly until: FollowOptions['until'];
}

/** Follows a run, shows its end, and sets the exit code by it. */
export async function watchToEnd(
  context: CommandContext,
  client: HoldfastClient,
  { runId, key, manner, until }: RunToFollow,
): Promise<void> {
  const options: FollowOptions = { runId, after: 0, until };
  if (manner === 'watch' && !context.flags().json) {
    const follower = createLiveFollower(context, client, { runId, key });
    try {
      const followed = await followRun(context, { client, follower }, options);
      follower.close();
      const costSoFar = follower.costSoFar();
      await showRunEnd(
        context,
        { client, followed },
        { runId, key, manner: 'document', costSoFar },
      );
    } finally {
      follower.close();
    }
    return;
  }
  const isLines = manner === 'watch';
  const follower = isLines
    ? createJsonFollower(context, key)
    : createQuietFollower(context, client, key);
  const followed = await followRun(context, { client, follower }, options);
  const shown = { runId, key, manner: isLines ? 'lines' : 'document' } as const;
  await showRunEnd(context, { client, followed }, shown);
}
