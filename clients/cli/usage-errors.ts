import type { Command, CommanderError } from 'commander';

import { HoldfastError } from '../../domain/failures.ts';
import { nearestName } from '../../domain/settings/nearest-name.ts';

/** Codes with which commander says that it has printed help or the version: no error. */
const helpCodes = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

/** True when commander stopped because it printed what was asked for. */
export function isHelpShown(error: CommanderError): boolean {
  return helpCodes.has(error.code) && error.exitCode === 0;
}

/** Turns commander's complaint into ours: what is wrong, and the nearest right thing. */
export function usageFailure(
  error: CommanderError,
  program: Command,
  args: readonly string[],
): HoldfastError {
  const command = commandOf(program, args);
  const [said = ''] = error.message.replace(/^error: /, '').split('\n');
  const first = error.code === 'commander.help' ? withoutCommand(commandPath(command), args) : said;
  const unknown = /^unknown (option|command) '([^']+)'/.exec(first);
  const known =
    unknown?.[1] === 'option' ? optionNames(command) : command.commands.map((each) => each.name());
  const nearest = unknown?.[2] === undefined ? undefined : nearestName(unknown[2], known);
  const help = `see ${commandPath(command)} --help`;
  const suggestion = nearest === undefined ? help : `did you mean ${nearest}? ${help}`;
  return new HoldfastError('invalid_argument', plain(first), { suggestion, cause: error });
}

/** Commander answers a group alone, and `help` for a command that is not there, with the help of the group. */
function withoutCommand(path: string, args: readonly string[]): string {
  const at = args.indexOf('help');
  const asked = at < 0 ? undefined : args[at + 1];
  return asked === undefined ? `${path} needs a command` : `unknown command '${asked}'`;
}

/** Commander's words on a value that does not fit, in ours; everything else as it is. */
function plain(message: string): string {
  const option = /^option '[^']*?(--[^ ']+)[^']*' argument '(.*)' is invalid\. (.+)$/.exec(message);
  const argument = /^command-argument value '(.*)' is invalid for argument '([^']+)'\. (.+)$/.exec(
    message,
  );
  const [name, value, rest] =
    option === null
      ? [`<${argument?.[2] ?? ''}>`, argument?.[1], argument?.[3]]
      : [option[1], option[2], option[3]];
  if (value === undefined || rest === undefined) return message;
  const wanted = rest.replace(/^Allowed choices are (.+)\.$/, 'write one of $1');
  return `${name} cannot be '${value}': ${wanted}`;
}

/** The words that call a command, such as `holdfast runs list`. */
export function commandPath(command: Command): string {
  return command.parent === null
    ? command.name()
    : `${commandPath(command.parent)} ${command.name()}`;
}

/** Refuses a word after a group's name that is none of its commands; without a check it would reach the default one. */
export function refuseUnknownVerb(group: Command, chosen: Command): void {
  const [word] = group.args;
  if (word === undefined || word.startsWith('-')) return;
  const names = group.commands.flatMap((each) => [each.name(), ...each.aliases()]);
  if (names.includes(word) || chosen.registeredArguments.length > 0) return;
  const nearest = nearestName(word, names);
  const help = `see ${commandPath(group)} --help`;
  throw new HoldfastError('invalid_argument', `unknown command '${word}'`, {
    suggestion: nearest === undefined ? help : `did you mean ${nearest}? ${help}`,
  });
}

function commandOf(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const word of args) {
    const child = command.commands.find(
      (each) => each.name() === word || each.aliases().includes(word),
    );
    if (child !== undefined) command = child;
  }
  return command;
}

function optionNames(command: Command): readonly string[] {
  const own = command.options.map((option) => option.long ?? option.short ?? '');
  return command.parent === null ? [...own, '--help'] : [...own, ...optionNames(command.parent)];
}
