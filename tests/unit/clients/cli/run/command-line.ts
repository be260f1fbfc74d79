import { createContext } from '../../../../../clients/cli/create-context.ts';
import type { Prompter } from '../../../../../clients/cli/people/prompts/prompter.ts';
import { runCommandLine } from '../../../../../clients/cli/run-command-line.ts';
import type { KillSwitchClient } from '../../../../../clients/kill-switch-client.ts';
import type { HoldfastClient } from '../../../../../clients/holdfast-client.ts';

/** What a command line wrote and how it ended. */
export interface LineResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Who and what a command line meets. */
export interface LineWorld {
  readonly client?: HoldfastClient;
  readonly killSwitch?: KillSwitchClient;
  readonly isTerminal?: boolean;
  readonly prompter?: Prompter;
  readonly stdin?: string;
  readonly home?: string;
  /** Variables besides the data folder. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Called with what sends a signal to the command. */
  readonly interrupt?: (send: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a command line in the test's own process against a client of its own. */
export async function runWith(args: readonly string[], world: LineWorld = {}): Promise<LineResult> {
  const {
    client,
    killSwitch,
    isTerminal = false,
    prompter,
    stdin = '',
    home = '/nonexistent',
    variables = {},
    interrupt,
  } = world;
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  let exitCode = 0;
  interrupt?.((signal) => {
    for (const listener of listeners) listener(signal);
  });
  const context = createContext({
    facts: {
      version: '1.2.3',
      nodeVersion: '20.19.0',
      environment: { HOLDFAST_HOME: home, NO_COLOR: '1', ...variables },
      workingFolder: '/projects/calc',
      userFolder: '/home/ada',
      platform: 'linux',
      isRoot: false,
      terminal: { stdin: isTerminal, stdout: isTerminal, stderr: isTerminal, columns: 80 },
      sendSignal: () => undefined,
    },
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    nodeProgram: process.execPath,
    setExitCode: (code) => {
      exitCode = code;
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stdin: (async function* input() {
      yield stdin;
    })(),
    ...(client === undefined ? {} : { client: async () => client }),
    ...(killSwitch === undefined ? {} : { killSwitch: async () => killSwitch }),
    ...(prompter === undefined ? {} : { prompter: async () => prompter }),
  });
  const failure = await runCommandLine(args, context);
  return { ...written, code: failure ?? exitCode };
}

/** Answers questions from a list, in order; a question too many is left. */
export function scriptedPrompter(answers: readonly unknown[]): Prompter & {
  readonly asked: readonly string[];
} {
  const left = [...answers];
  const asked: string[] = [];
  const next = (message: string): unknown => {
    asked.push(message);
    return left.shift();
  };
  return {
    asked,
    select: async ({ message, choices }) => {
      const answer = next(message);
      return choices.find(({ value }) => value === answer)?.value;
    },
    text: async ({ message }) => textOf(next(message)),
    hidden: async ({ message, check }) => {
      const typed = textOf(next(message));
      return typed === undefined || check(typed) !== undefined ? undefined : typed;
    },
    confirm: async ({ message }) => next(message) === true,
    edit: async (before) => textOf(next(before)),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
