import { type Command, Option } from 'commander';

import type { OutputFlags } from './command-context.ts';

/** Title of these options in the help. */
export const commonHeading = 'Output:';

/** Adds the options that every command takes to a command and all below it; call it when the tree is whole. */
export function addCommonOptions(command: Command): void {
  const options = [
    new Option('--json', 'print one JSON document; what goes on prints one a line'),
    new Option('--quiet', 'print no progress'),
    new Option('--verbose', 'print details, and stack traces of errors'),
    new Option('--no-color', 'print without colour'),
  ];
  const taken = new Set(command.options.map((option) => option.long));
  for (const option of options) {
    if (!taken.has(option.long)) command.addOption(option.helpGroup(commonHeading));
  }
  for (const child of command.commands) addCommonOptions(child);
}

/** Reads the flags of an action: given anywhere on the line, before or after the command's name. */
export function flagsOf(command: Command): OutputFlags {
  const chain: Command[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) chain.push(each);
  const values = chain.map((each) => each.opts<Record<string, unknown>>());
  return {
    json: values.some((value) => value['json'] === true),
    quiet: values.some((value) => value['quiet'] === true),
    verbose: values.some((value) => value['verbose'] === true),
    color: values.every((value) => value['color'] !== false),
  };
}

/** Reads the flags of a line that could not be parsed, so that its error is shown as the user asked. */
export function guessFlags(args: readonly string[]): OutputFlags {
  const end = args.indexOf('--');
  const seen = new Set(end < 0 ? args : args.slice(0, end));
  return {
    json: seen.has('--json'),
    quiet: seen.has('--quiet'),
    verbose: seen.has('--verbose'),
    color: !seen.has('--no-color'),
  };
}
