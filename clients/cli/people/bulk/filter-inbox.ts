import { type Command, Option } from 'commander';

import { HoldfastError } from '../../../../domain/failures.ts';
import type { HoldfastClient } from '../../../holdfast-client.ts';
import type { InboxItem } from '../../../inbox-client.ts';
import { parseSeconds } from '../../parse-options.ts';

/** Which of the things that wait are meant; each that is given narrows it. */
export interface InboxFilter {
  readonly kind?: InboxItem['kind'];
  /** Key of a run, or the start of it. */
  readonly run?: string;
  readonly risk?: 'read' | 'change' | 'destructive';
  /** Seconds. */
  readonly olderThan?: number;
}

const kinds: readonly InboxItem['kind'][] = [
  'tool_call',
  'question',
  'budget',
  'effect_unknown',
  'definition',
  'pause',
];

/** Adds the options of a filter to a command. */
export function addFilter(command: Command): Command {
  return command
    .addOption(new Option('--kind <kind>', 'only of this kind').choices([...kinds]))
    .option('--run <run>', 'only of this run: its key, or the start of it')
    .addOption(
      new Option('--risk <risk>', 'only with this risk').choices(['read', 'change', 'destructive']),
    )
    .option('--older-than <time>', 'only what waits longer, such as 30m or 2h', parseSeconds);
}

/** True when options narrow what is meant. */
export function isFiltering({ kind, run, risk, olderThan }: InboxFilter): boolean {
  return [kind, run, risk, olderThan].some((value) => value !== undefined);
}

/**
 * Refuses a filter by a run that is not there, when nothing fits it.
 * @throws {HoldfastError} not_found
 */
export async function assertRunOf(
  client: Pick<HoldfastClient, 'getRun'>,
  { run }: InboxFilter,
  items: readonly InboxItem[],
): Promise<void> {
  if (run === undefined || items.length > 0) return;
  await client.getRun(run).catch((error: unknown) => {
    // The start of several keys, or a run that has not begun: nothing of it waits.
    if (!(error instanceof HoldfastError) || error.code === 'not_found') throw error;
  });
}

/** The things that a filter lets through, in the same order. */
export function filterInbox(
  items: readonly InboxItem[],
  { kind, run, risk, olderThan }: InboxFilter,
  nowMs: number,
): readonly InboxItem[] {
  return items.filter(
    (item) =>
      (kind === undefined || item.kind === kind) &&
      (run === undefined || item.runKey.startsWith(run) || item.runId === run) &&
      (risk === undefined || item.risk === risk) &&
      (olderThan === undefined || nowMs - Date.parse(item.requestedAt) > olderThan * 1_000),
  );
}
