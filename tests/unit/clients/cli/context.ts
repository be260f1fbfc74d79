import { type CommandContext } from '../../../../clients/cli/command-context.ts';
import { createContext } from '../../../../clients/cli/create-context.ts';
import { runCommandLine } from '../../../../clients/cli/run-command-line.ts';

/** What a command line wrote and how it ended, run inside the test. */
export interface LineResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the terminal of a command line is. */
export interface LineOptions {
  readonly isTerminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command line without a process: nothing of it touches the machine but the data folder it is given. */
export async function runLine(
  args: readonly string[],
  options: LineOptions = {},
): Promise<LineResult> {
  const written = { stdout: '', stderr: '' };
  let exitCode = 0;
  const context = buildContext(written, options, (code) => {
    exitCode = code;
  });
  const failure = await runCommandLine(args, context);
  return { ...written, code: failure ?? exitCode };
}

function buildContext(
  written: { stdout: string; stderr: string },
  { isTerminal = false, environment = {} }: LineOptions,
  setExitCode: (code: number) => void,
): CommandContext {
  return createContext({
    facts: {
      version: '1.2.3',
      nodeVersion: '20.19.0',
      environment,
      workingFolder: '/',
      userFolder: '/home/ada',
      platform: 'linux',
      isRoot: false,
      terminal: { stdin: isTerminal, stdout: isTerminal, stderr: isTerminal, columns: 80 },
      sendSignal: () => undefined,
    },
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    nodeProgram: process.execPath,
    setExitCode,
    onInterrupt: () => () => undefined,
  });
}
