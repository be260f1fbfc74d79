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

/** Examples that the help of a group shows, so that it stays on one screen. */
const groupExamples = 2;

/** Gives a group the usual example of its first commands: what it is for is seen without asking each of them. */
export function addGroupExamples(group: Command): void {
  const firsts = group.commands.flatMap((command) => examplesOf(command).slice(0, 1));
  addExamples(group, firsts.slice(0, groupExamples));
}
