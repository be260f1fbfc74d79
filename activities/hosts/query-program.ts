import { spawn } from 'node:child_process';
import { kill } from 'node:process';

/** Asks a program for a few lines; undefined when it is not there, fails, or says nothing in time. */
export type QueryProgram = (
  program: string,
  arguments_: readonly string[],
) => Promise<string | undefined>;

/** Longest answer that is read, in characters: a line for each graphics processor. */
const longestAnswer = 64 * 1024;

/**
 * Makes the way to ask programs. One that does not answer within `timeoutMs` is killed with what it started, and nobody waits
 * for its end; as long as it is still there, because it hangs in the kernel, none is started again.
 */
export function createQueryProgram(
  environment: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): QueryProgram {
  const running = new Set<string>();
  return async (program, arguments_) => {
    if (running.has(program)) return undefined;
    running.add(program);
    // A group of its own, so that all of it can be killed. SAFETY: it gets the search path and nothing else of ours.
    const child = spawn(program, [...arguments_], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: environment['PATH'], LC_ALL: 'C' },
    });
    child.once('exit', () => running.delete(program));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      if (text.length < longestAnswer) text += part;
    });
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        killGroup(child.pid);
        child.stdout.destroy();
        child.unref();
        resolve(undefined);
      }, timeoutMs);
      child.once('error', () => {
        running.delete(program);
        clearTimeout(timer);
        resolve(undefined);
      });
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve(code === 0 ? text : undefined);
      });
    });
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
