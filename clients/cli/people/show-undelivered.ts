import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Lists notifications that could not be delivered, or sends all of them once more. */
export async function showUndelivered(
  context: CommandContext,
  manner: 'list' | 'retry',
): Promise<void> {
  const { output } = context;
  await withClient(context, async (client) => {
    if (manner === 'retry') {
      const count = await client.redeliver();
      output.result({ redelivered: count }, () => `${count} on their way once more\n`);
      return;
    }
    const notifications = await client.undelivered();
    output.result({ notifications }, () =>
      notifications.length === 0
        ? 'everything was delivered\n'
        : renderTable(
            {
              columns: [
                { title: 'to' },
                { title: 'run', shrinksTo: 10 },
                { title: 'tries', align: 'right' },
                { title: 'since' },
                { title: 'why', shrinksTo: 20 },
              ],
              rows: notifications.map((each) => [
                each.recipient === '' ? each.destination : `${each.destination}: ${each.recipient}`,
                each.runKey,
                String(each.attempts),
                each.createdAt,
                each.error,
              ]),
            },
            output.width(),
          ),
    );
  });
}
