import { CommanderError } from 'commander';

import type { CommandContext } from './command-context.ts';
import { guessFlags } from './common-options.ts';
import { reportError } from './output/report-error.ts';
import { LeftPromptError } from './people/prompts/left-prompt-error.ts';
import { buildProgram } from './program.ts';
import { isHelpShown, usageFailure } from './usage-errors.ts';

/** 128 and the number of SIGINT: what shells give for Ctrl-C. */
const exitInterrupted = 130;

/** Runs one command line and gives its exit code, or undefined when the command ended without an error. Never throws. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
): Promise<number | undefined> {
  context.setFlags(guessFlags(args));
  const program = buildProgram(context);
  try {
    if (args.length === 0) {
      program.outputHelp();
      return undefined;
    }
    await program.parseAsync([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof LeftPromptError) return exitInterrupted;
    if (!(error instanceof CommanderError)) return reportError(error, context);
    return isHelpShown(error)
      ? undefined
      : reportError(usageFailure(error, program, args), context);
  }
}
