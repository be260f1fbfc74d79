import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** How a command line ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a command: what is undefined is not set, even when the test's own process has it. */
export type CliEnvironment = Readonly<Record<string, string | undefined>>;

const built = fileURLToPath(new URL('../../../dist/programs/holdfast.js', import.meta.url));
const source = fileURLToPath(new URL('../../../clients/cli/main.ts', import.meta.url));

/** Arguments of Node that run the command line: as source when `HOLDFAST_TEST_SOURCE` is set or nothing is built. */
export function cliArguments(args: readonly string[]): readonly string[] {
  const isSource = Boolean(process.env['HOLDFAST_TEST_SOURCE']) || !existsSync(built);
  return isSource ? ['--import', 'tsx', source, ...args] : [built, ...args];
}

/** Starts one command line and lets the test watch it. */
export function spawnCli(
  args: readonly string[],
  environment: CliEnvironment = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [...cliArguments(args)], {
    env: { ...process.env, NODE_OPTIONS: undefined, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs one command line to its end. */
export async function runCli(
  args: readonly string[],
  environment: CliEnvironment = {},
): Promise<CliResult> {
  const child = spawnCli(args, environment);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}
