import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { HoldfastError } from '../../../domain/failures.ts';

/** A program of `workers/` to start. */
interface ProgramRequest {
  /** Folder under `workers/`, such as `provision`. */
  readonly name: string;
  readonly args?: readonly string[];
  /** Added to the environment of the command. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Called for each message that the program sends. */
  readonly onMessage: (message: unknown) => void;
}

/** A started program, in a process group of its own: Ctrl-C reaches only the command, which decides. */
export interface StartedProgram {
  readonly pid: number;
  /** Exit code, or undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Lets the program live on without this command. */
  readonly release: () => void;
}

/** Starts programs of `workers/`. */
export interface ProgramRunner {
  readonly start: (request: ProgramRequest) => StartedProgram;
}

/** What the runner needs from the process. */
export interface RunnerDependencies {
  readonly nodeProgram: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Builds the runner: the built program in production, the source through tsx when we run from source. */
export function createProgramRunner({
  nodeProgram,
  environment,
}: RunnerDependencies): ProgramRunner {
  return {
    start: ({ name, args = [], variables = {}, onMessage }) => {
      const child = spawn(nodeProgram, [...programArguments(name), ...args], {
        env: { ...environment, ...variables },
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child.on('message', onMessage);
      return startedProgram(child, name);
    },
  };
}

function programArguments(name: string): readonly string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const file = isSource ? `workers/${name}/main.ts` : `programs/${name}.js`;
  const program = new URL(`../../../${file}`, import.meta.url);
  if (!existsSync(program)) {
    throw new HoldfastError(
      'dependency_missing',
      `the program ${fileURLToPath(program)} is missing`,
      {
        suggestion: 'build it with: npm run build',
      },
    );
  }
  return isSource
    ? ['--import', import.meta.resolve('tsx'), fileURLToPath(program)]
    : [fileURLToPath(program)];
}

function startedProgram(child: ChildProcess, name: string): StartedProgram {
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new HoldfastError('internal', `the program ${name} does not start`, { cause })),
    );
    // `close` comes after the last message was delivered, `exit` may come before.
    child.once('close', (code) => resolve(code ?? undefined));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (signal) => void child.kill(signal),
    release: () => {
      if (child.connected) child.disconnect();
      child.unref();
    },
  };
}
