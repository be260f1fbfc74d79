import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';
import { watchToEnd } from './watch-to-end.ts';

/** Shows a run from its beginning, and goes on with it. */
export async function watchRunCommand(
  context: CommandContext,
  typed: string | undefined,
  until: 'end' | 'person',
): Promise<void> {
  await withClient(context, async (client) => {
    const picked = await pickRun(context, client, { typed, which: 'all' });
    const { runId, key } = await client.getRun(picked);
    await watchToEnd(context, client, { runId, key, manner: 'watch', until });
  });
}
