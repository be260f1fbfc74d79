import type { Command } from 'commander';

import { examplesOf } from './examples.ts';
import { commandPath } from './usage-errors.ts';

/** A command as data: what completion and the reference are generated from. */
export interface CommandShape {
  /** The words that call it, such as `holdfast config show`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** Arguments and options as the help shows them. */
  readonly usage: string;
  readonly arguments: readonly OptionShape[];
  readonly options: readonly OptionShape[];
  readonly examples: readonly string[];
  readonly commands: readonly CommandShape[];
}

/** An option or argument: how it is written and what it does. */
export interface OptionShape {
  readonly name: string;
  readonly description: string;
  /** Values it takes, when they are a closed set. */
  readonly choices: readonly string[];
}

/** Describes a command and all below it; hidden ones are left out. */
export function commandShape(command: Command): CommandShape {
  const help = command.createHelp();
  return {
    path: commandPath(command),
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      choices: argument.argChoices ?? [],
    })),
    options: help.visibleOptions(command).map((option) => ({
      name: option.flags,
      description: option.description,
      choices: option.argChoices ?? [],
    })),
    examples: examplesOf(command),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map(commandShape),
  };
}
