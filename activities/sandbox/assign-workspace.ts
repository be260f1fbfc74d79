import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { HoldfastError } from '../../domain/failures.ts';

/**
 * Gives a workspace, with all in it, to the user its sandbox runs as. Links are given away themselves, never what they
 * point to. Only root can do this.
 * @throws {HoldfastError} internal when a file could not be given.
 */
export async function assignWorkspace(workspace: string, uid: number): Promise<void> {
  const child = spawn('chown', ['-R', '-P', '--no-dereference', `${uid}:${uid}`, '--', workspace], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode === 0) return;
  throw new HoldfastError(
    'internal',
    `the workspace was not given to user ${uid}: ${complaint.trim()}`,
  );
}
