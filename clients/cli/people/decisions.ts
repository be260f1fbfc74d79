import { type Command, InvalidArgumentError } from 'commander';

import type { JsonObject } from '../../../domain/json.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { addFilter, isFiltering, type InboxFilter } from './bulk/filter-inbox.ts';
import { parseDollars } from '../parse-options.ts';
import { wrongUse } from '../wrong-use.ts';
import { argumentsOf } from './prompts/ask-decision.ts';

const idArgument =
  'number in the inbox, or its id, or an end of it (default: the only one that waits)';

/** Registers `approve`: lets something happen. */
export function registerApprove(program: Command, context: CommandContext): void {
  const command = addFilter(
    program
      .command('approve')
      .description('let what waits happen, exactly as it is shown')
      .argument('[ids...]', idArgument)
      .option('--all', 'all calls that wait, or that the options below let through'),
  )
    .option('--with <json>', 'other arguments, as JSON: these run instead', parseArguments)
    .option('--remember <pattern>', 'let calls that match run unasked for the rest of the run')
    .option('--raise <dollars>', 'raise the limit of the run by this much', parseDollars)
    .option('--yes', 'do not ask on a terminal')
    .action(async (ids: readonly string[], options: ApproveOptions) => {
      const typed = typedIds(ids, options);
      const { with: changed, remember, raise, yes } = options;
      if (typed.length === 1 || (typed.length === 0 && options.all !== true)) {
        const { decideByCommand } = await import('./decide-by-command.ts');
        await decideByCommand(context, { type: 'approve', typed: typed[0], options });
        return;
      }
      if ([changed, remember, raise].some((value) => value !== undefined)) {
        throw wrongUse(
          'several things are approved as they are',
          'decide one by itself to change it',
        );
      }
      const { decideMany } = await import('./bulk/decide-many.ts');
      await decideMany(context, { decision: 'approve', typed, filter: options, yes });
    });
  addExamples(command, [
    'holdfast approve',
    'holdfast approve 1 --yes',
    'holdfast approve 1 2 5',
    'holdfast approve --all --run 01k9 --risk change',
    'holdfast approve t3/c0/a1 --with \'{"command": "npm test"}\'',
    "holdfast approve 2 --remember 'npm run *'",
    'holdfast approve 3 --raise 2.50',
  ]);
}

/** Registers `reject`: refuses what waits, with words for the model. */
export function registerReject(program: Command, context: CommandContext): void {
  const command = addFilter(
    program
      .command('reject')
      .description('refuse what waits; the words go to the model, which takes another way')
      .argument('[id]', `${idArgument}; several may be given`)
      .argument('[words...]', 'why not, last and in quotes')
      .option('--all', 'all that waits, or that the options below let through'),
  )
    .option('--yes', 'do not ask on a terminal')
    .action(async (first: string | undefined, rest: readonly string[], options: ManyOptions) => {
      const words = [...(first === undefined ? [] : [first]), ...rest];
      if (words.length <= 2 && options.all !== true) {
        typedIds([], options);
        const { decideByCommand } = await import('./decide-by-command.ts');
        await decideByCommand(context, {
          type: 'reject',
          typed: [first, rest[0]],
          yes: options.yes,
        });
        return;
      }
      const typed = typedIds(words.slice(0, -1), options);
      const why = words.at(-1);
      if (why === undefined) throw wrongUse('the words are missing', 'say why not, in quotes');
      const { decideMany } = await import('./bulk/decide-many.ts');
      const { yes } = options;
      await decideMany(context, { decision: 'reject', words: why, typed, filter: options, yes });
    });
  addExamples(command, [
    'holdfast reject 1 "use the staging server"',
    'holdfast reject "not on a Friday"',
    'holdfast reject 1 2 3 "use the staging server"',
    'holdfast reject --all --run 01k9 "not on a Friday"',
  ]);
}

/** Registers `answer`: answers a question of a run. */
export function registerAnswer(program: Command, context: CommandContext): void {
  const command = program
    .command('answer')
    .description('answer a question of a run')
    .argument('[id]', idArgument)
    .argument('[words]', 'the answer')
    .option('--yes', 'do not ask on a terminal')
    .action(async (first: string | undefined, second: string | undefined, { yes }: YesOption) => {
      const { decideByCommand } = await import('./decide-by-command.ts');
      await decideByCommand(context, { type: 'answer', typed: [first, second], yes });
    });
  addExamples(command, ['holdfast answer 1 "PostgreSQL 17"', 'holdfast answer "yes, both"']);
}

interface YesOption {
  readonly yes?: boolean;
}

interface ManyOptions extends YesOption, InboxFilter {
  readonly all?: boolean;
}

/** Ids and filters are two ways to say what is meant. */
function typedIds(ids: readonly string[], options: ManyOptions): readonly string[] {
  if (options.all === true && ids.length > 0) {
    throw wrongUse('--all means everything: it takes no ids', 'leave one of them out');
  }
  if (options.all !== true && isFiltering(options)) {
    throw wrongUse('the filter narrows --all only', 'add --all, or name what you mean');
  }
  return ids;
}

/** Options of `approve` as commander gives them. */
export interface ApproveOptions extends ManyOptions {
  readonly with?: JsonObject;
  readonly remember?: string;
  readonly raise?: number;
}

function parseArguments(text: string): JsonObject {
  const args = argumentsOf(text);
  if (args === undefined) throw new InvalidArgumentError('Write a JSON object.');
  return args;
}
