import { isEnded, type RunStatus } from '../../../domain/run/status.ts';
import type { RunSummary } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { costText, countText } from '../live/totals.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Options of `runs list` as commander gives them. */
export interface ListOptions {
  readonly limit: number;
  readonly status?: RunStatus;
  readonly resumable?: boolean;
}

/** Lists runs, newest first. */
export async function listRuns(context: CommandContext, options: ListOptions): Promise<void> {
  const { output } = context;
  const runs = await withClient(context, (client) =>
    client.listRuns({
      limit: options.limit,
      ...(options.status === undefined ? {} : { status: options.status }),
      ...(options.resumable === true ? { resumable: true } : {}),
    }),
  );
  const document = { runs: runs.map((run) => ({ ...run, resumable: !isEnded(run.status) })) };
  output.result(document, (styles) =>
    runs.length === 0
      ? 'no runs\n'
      : renderTable(
          { columns, rows: runs.map((run) => rowOf(run, styles, Date.now())) },
          output.width(),
        ),
  );
  if (runs.length === 0) output.hint('start one with: holdfast run "what to do"');
}

const columns = [
  // The beginning of a key is as good as all of it: 10 characters of a made one are its time.
  { title: 'run', shrinksTo: 16 },
  { title: 'status' },
  { title: 'turn', align: 'right', leaves: 4 },
  { title: 'tokens', align: 'right', leaves: 2 },
  { title: 'cost', align: 'right', leaves: 1 },
  { title: 'started', align: 'right', leaves: 5 },
  { title: 'project', shrinksTo: 8, leaves: 3 },
  { title: 'title', shrinksTo: 16 },
] as const;

function rowOf(run: RunSummary, styles: Styles, nowMs: number): readonly Cell[] {
  return [
    run.key,
    { text: statusText(run), style: statusStyle(run.status, styles) },
    String(run.turn),
    countText(run.tokensIn + run.tokensOut),
    costText(run.costMicroUsd),
    `${distanceText(run.createdAt, nowMs)} ago`,
    run.project,
    // First, for the end of a title is cut on a narrow terminal.
    run.rehearsal ? `(rehearsal) ${run.title}` : run.title,
  ];
}

/** The status with what it waits for; what has not ended is marked. */
export function statusText({
  status,
  pause,
}: {
  readonly status: RunStatus;
  readonly pause: string | null;
}): string {
  const words = status.replaceAll('_', ' ');
  const why = pause === null ? words : `${words}: ${pause.replaceAll('_', ' ')}`;
  return isEnded(status) ? why : `${why} (resumable)`;
}

/** Colour of a status: good ends green, bad ones red, what waits yellow. */
export function statusStyle(status: RunStatus, styles: Styles): (text: string) => string {
  if (status === 'completed') return styles.good;
  if (isEnded(status)) return styles.bad;
  return status === 'paused' || status === 'awaiting_approval' ? styles.warn : styles.accent;
}
