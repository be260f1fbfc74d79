import { type Command, InvalidArgumentError } from 'commander';

import type { JsonObject } from '../../../domain/json.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseDollars } from '../parse-options.ts';
import { argumentsOf } from './prompts/ask-decision.ts';

const idArgument =
  'number in the inbox, or its id, or an end of it (default: the only one that waits)';

/** Registers `approve`: lets something happen. */
export function registerApprove(program: Command, context: CommandContext): void {
  const command = program
    .command('approve')
    .description('let what waits happen, exactly as it is shown')
    .argument('[id]', idArgument)
    .option('--with <json>', 'other arguments, as JSON: these run instead', parseArguments)
    .option('--remember <pattern>', 'let calls that match run unasked for the rest of the run')
    .option('--raise <dollars>', 'raise the limit of the run by this much', parseDollars)
    .option('--yes', 'do not ask on a terminal')
    .action(async (id: string | undefined, options: ApproveOptions) => {
      const { decideByCommand } = await import('./decide-by-command.ts');
      await decideByCommand(context, { type: 'approve', typed: id, options });
    });
  addExamples(command, [
    'holdfast approve',
    'holdfast approve 1 --yes',
    'holdfast approve t3/c0/a1 --with \'{"command": "npm test"}\'',
    "holdfast approve 2 --remember 'npm run *'",
    'holdfast approve 3 --raise 2.50',
  ]);
}

/** Registers `reject`: refuses what waits, with words for the model. */
export function registerReject(program: Command, context: CommandContext): void {
  const command = program
    .command('reject')
    .description('refuse what waits; the words go to the model, which takes another way')
    .argument('[id]', idArgument)
    .argument('[words]', 'why not')
    .option('--yes', 'do not ask on a terminal')
    .action(async (first: string | undefined, second: string | undefined, { yes }: YesOption) => {
      const { decideByCommand } = await import('./decide-by-command.ts');
      await decideByCommand(context, { type: 'reject', typed: [first, second], yes });
    });
  addExamples(command, [
    'holdfast reject 1 "use the staging server"',
    'holdfast reject "not on a Friday"',
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

/** Options of `approve` as commander gives them. */
export interface ApproveOptions extends YesOption {
  readonly with?: JsonObject;
  readonly remember?: string;
  readonly raise?: number;
}

function parseArguments(text: string): JsonObject {
  const args = argumentsOf(text);
  if (args === undefined) throw new InvalidArgumentError('Write a JSON object.');
  return args;
}
