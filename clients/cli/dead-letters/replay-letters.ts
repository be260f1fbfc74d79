import { HoldfastError } from '../../../domain/failures.ts';
import type { ReplayedLetter } from '../../dead-letter-client.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { awaitBegin } from '../run/await-begin.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `dead-letters replay` as commander gives them. */
export interface ReplayOptions {
  readonly tool?: string;
}

/** Most letters that one command replays. */
const maxLetters = 1_000;

/** What became of one letter: what replays it, or why nothing does. */
type Replayed = ReplayedLetter | { readonly letterId: string; readonly error: string };

/** Replays one letter, or every open one of a tool. */
export async function replayLetters(
  context: CommandContext,
  letter: string | undefined,
  { tool }: ReplayOptions,
): Promise<void> {
  if ((letter === undefined) === (tool === undefined)) {
    throw wrongUse('say which letters', 'one: holdfast dead-letters replay 5f3c; all: --tool NAME');
  }
  const replayed = await withClient(context, async (client) =>
    letter === undefined ? replayAll(client, tool ?? '') : [await replayOne(client, letter)],
  );
  context.output.result({ replayed }, () =>
    replayed.length === 0 ? 'no open letters\n' : replayed.map((each) => lineOf(each)).join(''),
  );
  if (replayed.some((each) => 'error' in each)) context.setExitCode(1);
}

async function replayOne(client: HoldfastClient, letter: string): Promise<ReplayedLetter> {
  const replayed = await client.deadLetters.replay(letter);
  // A start that is refused is told here and not only in the run.
  if (replayed.type === 'started') await awaitBegin(client, replayed.runId);
  return replayed;
}

async function replayAll(client: HoldfastClient, tool: string): Promise<readonly Replayed[]> {
  const { items } = await client.deadLetters.list({ tool, state: 'open', limit: maxLetters });
  const replayed: Replayed[] = [];
  for (const { letterId } of items) {
    // One after the other: what was down may need time to come back.
    replayed.push(
      await replayOne(client, letterId).catch((error: unknown) => failed(letterId, error)),
    );
  }
  return replayed;
}

function failed(letterId: string, error: unknown): Replayed {
  if (!(error instanceof HoldfastError)) throw error;
  return { letterId, error: error.message };
}

function lineOf(replayed: Replayed): string {
  const { letterId } = replayed;
  if ('error' in replayed) return `${letterId}: ${replayed.error}\n`;
  switch (replayed.type) {
    case 'started':
      return `${letterId}: run ${replayed.runKey} does it anew; watch it with: holdfast runs watch ${replayed.runKey}\n`;
    case 'going-on':
      return `${letterId}: run ${replayed.runKey} is at it already\n`;
    case 'resumed':
      return `${letterId}: run ${replayed.runKey} goes on\n`;
  }
}
