import type { CommandContext } from '../command-context.ts';
import { formatDuration } from '../output/duration.ts';
import { isSure } from '../people/prompts/is-sure.ts';
import { withClient } from '../with-client.ts';

/** Options of `dead-letters purge` as commander gives them. */
export interface PurgeOptions {
  /** Seconds. */
  readonly olderThan: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Deletes old letters after one question, or counts them. */
export async function purgeLetters(context: CommandContext, options: PurgeOptions): Promise<void> {
  const { olderThan: olderThanSeconds, dryRun: isDryRun = false, yes = false } = options;
  const message = `Delete the letters older than ${formatDuration(olderThanSeconds)}? This cannot be undone.`;
  if (!isDryRun && !yes && !(await isSure(context, message))) {
    context.output.talk('nothing was deleted');
    context.setExitCode(1);
    return;
  }
  const purged = await withClient(context, async (client) =>
    client.deadLetters.purge({ olderThanSeconds, isDryRun }),
  );
  context.output.result(
    { isDryRun, purged },
    () => `${purged} letters ${isDryRun ? 'would be deleted' : 'deleted'}\n`,
  );
}
