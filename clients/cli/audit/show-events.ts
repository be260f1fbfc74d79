import type { InstallationEvent } from '../../audit-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Lists what was changed for the whole installation. */
export async function showEvents(context: CommandContext, limit: number): Promise<void> {
  const { output } = context;
  const events = await withClient(context, async (client) => client.audit.events(limit));
  output.result({ events }, () =>
    events.length === 0
      ? 'nothing was changed yet\n'
      : renderTable(
          { columns, rows: events.map((event) => rowOf(event, Date.now())) },
          output.width(),
        ),
  );
}

const columns = [
  { title: 'when', align: 'right', leaves: 2 },
  { title: 'what' },
  { title: 'who', leaves: 1 },
  { title: 'details', shrinksTo: 20 },
] as const;

function rowOf({ type, at, actor, data }: InstallationEvent, nowMs: number): readonly string[] {
  const details = Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`${distanceText(at, nowMs)} ago`, type, actor, details.join(', ')];
}
