import { type Command, Option } from 'commander';

import { defaultLetterDays, letterStates } from '../../../domain/dead-letters/dead-letter.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseCount, parseSeconds } from '../parse-options.ts';
import type { PurgeOptions } from './purge-letters.ts';
import type { ReplayOptions } from './replay-letters.ts';
import type { ListOptions } from './show-letters.ts';

/** Registers `dead-letters`: what was given up after its retries, and how to do it anew. */
export function registerDeadLetters(program: Command, context: CommandContext): void {
  const group = program
    .command('dead-letters')
    .description('see what was given up after its retries, and do it anew');
  const list = group
    .command('list', { isDefault: true })
    .description('list letters, newest first')
    .option('--tool <name>', 'only of this tool; `model` for turns that no model answered')
    .addOption(new Option('--state <state>', 'only in this state').choices(letterStates))
    .option('--limit <count>', 'how many', parseCount, 20)
    .option('--offset <count>', 'how many to leave out first (default: 0)', Number)
    .action(async (options: ListOptions) => {
      const { listLetters } = await import('./show-letters.ts');
      await listLetters(context, options);
    });
  addExamples(list, ['holdfast dead-letters', 'holdfast dead-letters list --tool http_fetch']);

  const show = group
    .command('show')
    .description('show one letter with its arguments, secrets taken out')
    .argument('<letter>', 'id of the letter, or the start of it')
    .action(async (letter: string) => {
      const { showLetter } = await import('./show-letters.ts');
      await showLetter(context, letter);
    });
  addExamples(show, ['holdfast dead-letters show 5f3c']);
  registerReplay(group, context);

  const purge = group
    .command('purge')
    .description('delete old letters; those that are being replayed stay')
    .option(
      '--older-than <time>',
      'age such as 12h or 30d',
      parseSeconds,
      defaultLetterDays * 86_400,
    )
    .option('--dry-run', 'only count what would go')
    .option('--yes', 'do not ask')
    .action(async (options: PurgeOptions) => {
      const { purgeLetters } = await import('./purge-letters.ts');
      await purgeLetters(context, options);
    });
  addExamples(purge, [
    'holdfast dead-letters purge --dry-run',
    'holdfast dead-letters purge --older-than 7d --yes',
  ]);
}

function registerReplay(group: Command, context: CommandContext): void {
  const replay = group
    .command('replay')
    .description('do it anew, through policy and approval; a letter that succeeds is closed')
    .argument('[letter]', 'id of the letter, or the start of it')
    .option('--tool <name>', 'every open letter of this tool instead')
    .action(async (letter: string | undefined, options: ReplayOptions) => {
      const { replayLetters } = await import('./replay-letters.ts');
      await replayLetters(context, letter, options);
    });
  addExamples(replay, [
    'holdfast dead-letters replay 5f3c',
    'holdfast dead-letters replay --tool http_fetch',
  ]);
}
