import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { allocateUid } from '../../../activities/sandbox/allocate-uid.ts';
import { defaultSandboxLimits } from '../../../activities/sandbox/sandbox-limits.ts';
import { createSandbox } from '../../../activities/sandbox/sandbox.ts';

/** Times of the same command, in milliseconds each. */
export interface SandboxTimes {
  readonly inside: readonly number[];
  readonly outside: readonly number[];
}

/** Runs `true` in the sandbox and without it, in turns. */
export async function measureSandbox(home: string, commands: number): Promise<SandboxTimes> {
  const workspace = join(home, 'sandbox-bench');
  mkdirSync(workspace);
  const uid = allocateUid('bench');
  if (process.getuid?.() === 0) chownSync(workspace, uid, uid);
  const stateFolder = join(home, 'sandbox-bench-state');
  mkdirSync(stateFolder, { mode: 0o711 });
  const sandbox = await createSandbox({ stateFolder, environment: process.env });
  const inside: number[] = [];
  const outside: number[] = [];
  try {
    // The first ones fill the caches of the file system.
    for (let command = -3; command < commands; command += 1) {
      const began = performance.now();
      const { status, reason } = await sandbox.run({
        argv: ['true'],
        workspace,
        workspaceAccess: 'read-write',
        network: 'none',
        uid,
        limits: defaultSandboxLimits,
      });
      if (status !== 'OK') throw new Error(`the sandbox does not work here: ${reason ?? status}`);
      const between = performance.now();
      spawnSync('/bin/true');
      if (command < 0) continue;
      inside.push(between - began);
      outside.push(performance.now() - between);
    }
  } finally {
    sandbox.close();
  }
  return { inside, outside };
}
