import type { LetterState } from '../../../domain/dead-letters/dead-letter.ts';
import { runKeyOf } from '../../../domain/run/ids.ts';
import type { LetterDetail, LetterView } from '../../dead-letter-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { renderKeyValues, renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `dead-letters list` as commander gives them. */
export interface ListOptions {
  readonly tool?: string;
  readonly state?: LetterState;
  readonly limit: number;
  readonly offset?: number;
}

/** Lists letters. */
export async function listLetters(
  context: CommandContext,
  { tool, state, limit, offset = 0 }: ListOptions,
): Promise<void> {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw wrongUse('the offset is no whole number', 'write a whole number: --offset 20');
  }
  const { output } = context;
  const query = {
    limit,
    offset,
    ...(tool === undefined ? {} : { tool }),
    ...(state === undefined ? {} : { state }),
  };
  const page = await withClient(context, async (client) => client.deadLetters.list(query));
  output.result(page, () => {
    const { items, total } = page;
    if (items.length === 0) return total === 0 ? 'no dead letters\n' : `none behind ${offset}\n`;
    const rows = items.map((letter) => rowOf(letter, Date.now()));
    const end =
      items.length < total ? `${offset + 1} to ${offset + items.length} of ${total}\n` : '';
    return `${renderTable({ columns, rows }, output.width())}${end}`;
  });
}

const columns = [
  { title: 'letter' },
  { title: 'when', align: 'right', leaves: 1 },
  { title: 'tool' },
  { title: 'state' },
  { title: 'retries', align: 'right', leaves: 2 },
  { title: 'run', shrinksTo: 10 },
  { title: 'error', shrinksTo: 20, atMost: 80 },
] as const;

function rowOf(letter: LetterView, nowMs: number): readonly string[] {
  const { letterId, timestamp, toolName, state, retryCount, runKey, error } = letter;
  return [
    letterId,
    `${distanceText(timestamp, nowMs)} ago`,
    toolName,
    state,
    String(retryCount),
    runKey,
    `${error.code}: ${error.message}`,
  ];
}

/** Shows one letter. */
export async function showLetter(context: CommandContext, typed: string): Promise<void> {
  const { output } = context;
  const letter = await withClient(context, async (client) => client.deadLetters.show(typed));
  output.result(letter, () => detailText(letter, output.width()));
}

function detailText(letter: LetterDetail, width: number): string {
  const { argsText, relatedCases, replayRun } = letter;
  const pairs: readonly (readonly [string, string])[] = [
    ['letter', letter.letterId],
    ['state', letter.state],
    ['tool', letter.toolName],
    ['error', `${letter.error.code}: ${letter.error.message}`],
    ['retries', String(letter.retryCount)],
    ['when', letter.timestamp],
    ['run', letter.runKey],
    ['step', letter.stepId],
    ...(replayRun === null ? [] : [['replayed by', runKeyOf(replayRun)] as const]),
    ...(relatedCases.length === 0 ? [] : [['related', relatedCases.join(', ')] as const]),
  ];
  const args = argsText === null ? '' : `\narguments:\n${argsText}\n`;
  return `${renderKeyValues(pairs, width)}${args}`;
}
