import type { Command } from 'commander';

const examples = new WeakMap<Command, readonly string[]>();

/** Gives a command its examples: shown below its help and in the reference. Whole command lines, the usual one first. */
export function addExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText(
    'after',
    `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`,
  );
}

/** The examples of a command; none when it was given none. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}
