import type { LockView } from '../../locks-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Lists locks. */
export async function listLocks(context: CommandContext): Promise<void> {
  const { output } = context;
  const locks = await withClient(context, async (client) => client.locks.list());
  output.result({ locks }, () => {
    if (locks.length === 0) return 'nothing is locked\n';
    const rows = locks.map(({ name, holders, queue }) => [
      name,
      holders.map(({ runKey }) => runKey).join(', '),
      [...new Set(holders.map(({ mode }) => mode))].join(''),
      holders.map(({ since }) => ago(since)).at(0) ?? '',
      queue.map(({ runKey }) => runKey).join(', '),
    ]);
    return renderTable({ columns, rows }, output.width());
  });
}

const columns = [
  { title: 'lock' },
  { title: 'held by', shrinksTo: 10 },
  { title: 'mode' },
  { title: 'since', align: 'right' },
  { title: 'waiting, first come first', shrinksTo: 10 },
] as const;

/** Shows one lock. */
export async function showLock(context: CommandContext, name: string): Promise<void> {
  const { output } = context;
  const lock = await withClient(context, async (client) => client.locks.show(name));
  output.result(lock, () => lockText(lock, output.width()));
}

/** A lock as text: its number, who holds it, who waits. */
export function lockText({ name, fence, holders, queue }: LockView, width: number): string {
  const head = `${name}, number ${fence}\n`;
  if (holders.length + queue.length === 0) return `${head}nobody holds it or waits for it\n`;
  const rows = [
    ...holders.map((each) => [`holds (${each.fence})`, each] as const),
    ...queue.map((each) => [`waits, ${each.place}.`, each] as const),
  ].map(([what, { runKey, mode, since, purpose }]) => [what, runKey, mode, ago(since), purpose]);
  return `${head}${renderTable({ columns: userColumns, rows }, width)}`;
}

const userColumns = [
  { title: '' },
  { title: 'run', shrinksTo: 10 },
  { title: 'mode' },
  { title: 'since', align: 'right' },
  { title: 'what for', shrinksTo: 20 },
] as const;

function ago(since: string): string {
  return `${distanceText(since, Date.now())} ago`;
}
