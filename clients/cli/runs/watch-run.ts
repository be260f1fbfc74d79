import { HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';
import { watchToEnd } from '../following/watch-to-end.ts';

/** Shows a run from its beginning, and goes on with it. */
export async function watchRunCommand(
  context: CommandContext,
  typed: string | undefined,
  until: 'end' | 'person',
): Promise<void> {
  await withClient(context, async (client) => {
    const picked = await pickRun(context, client, { typed, which: 'all' });
    const { runId, key } = await nameOf(client, picked);
    await watchToEnd(context, client, { runId, key, manner: 'watch', until });
  });
}

/** A run that was just started has no row yet; watching waits for it. */
async function nameOf(
  client: HoldfastClient,
  picked: string,
): Promise<{ readonly runId: string; readonly key: string }> {
  try {
    return await client.getRun(picked);
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'unavailable') throw error;
    return { runId: picked, key: picked };
  }
}
