import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The environment of a process, handed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a command ended. `code` is undefined when it could not start, was killed or ran into its time limit. */
export interface CommandResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command: its environment and its limit. */
export interface CommandOptions {
  readonly environment: Environment;
  readonly timeoutMs: number;
}

/** Runs a program to its end and captures its output; never throws for what the program does. */
export function runCommand(
  file: string,
  args: readonly string[],
  { environment, timeoutMs }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env: { ...environment }, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      const reason = error?.killed === true ? `no end within ${timeoutMs / 1000} s` : '';
      resolve({
        code: typeof code === 'number' ? code : undefined,
        stdout,
        stderr: stderr === '' ? reason || (error?.message ?? '') : stderr,
      });
    });
  });
}

/** Finds a program on the PATH as a shell would; undefined when there is none. */
export function findOnPath(name: string, environment: Environment): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** True for an ordinary file that this process may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The last line of a program's complaint, short enough for a table. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.filter((line) => line !== '').at(-1) ?? 'no message').slice(0, 200);
}
