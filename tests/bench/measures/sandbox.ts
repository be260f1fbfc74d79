import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { allocateUid } from '../../../activities/sandbox/allocate-uid.ts';
import type { SandboxOutcome } from '../../../activities/sandbox/sandbox-command.ts';
import { defaultSandboxLimits } from '../../../activities/sandbox/sandbox-limits.ts';
import { createSandbox } from '../../../activities/sandbox/sandbox.ts';

/** Times of the same command, in milliseconds each. */
export interface SandboxTimes {
  readonly inside: readonly number[];
  /** Under a supervisor that outlives its worker. */
  readonly durable: readonly number[];
  readonly outside: readonly number[];
}

/** Runs `true` in the sandbox, durably in the sandbox, and without it, in turns. */
export async function measureSandbox(home: string, commands: number): Promise<SandboxTimes> {
  const workspace = join(home, 'sandbox-bench');
  mkdirSync(workspace);
  const uid = allocateUid('bench');
  if (process.getuid?.() === 0) chownSync(workspace, uid, uid);
  const stateFolder = join(home, 'sandbox-bench-state');
  mkdirSync(stateFolder, { mode: 0o711 });
  const sandbox = await createSandbox({ stateFolder, environment: process.env });
  const inside: number[] = [];
  const durable: number[] = [];
  const outside: number[] = [];
  const nothing = {
    argv: ['true'],
    workspace,
    workspaceAccess: 'read-write',
    network: 'none',
    uid,
    limits: defaultSandboxLimits,
  } as const;
  try {
    // The first ones fill the caches of the file system.
    for (let command = -3; command < commands; command += 1) {
      const launch = { name: `bench-${command + 3}`, handedOnBytes: 0, leavesRunning: () => false };
      const times = [performance.now()];
      requireOk(await sandbox.run(nothing));
      times.push(performance.now());
      requireOk(await sandbox.runOnce(nothing, launch));
      times.push(performance.now());
      spawnSync('/bin/true');
      times.push(performance.now());
      if (command < 0) continue;
      const [first = 0, second = 0, third = 0, last = 0] = times;
      inside.push(second - first);
      durable.push(third - second);
      outside.push(last - third);
    }
  } finally {
    sandbox.close();
  }
  return { inside, durable, outside };
}

function requireOk({ status, reason }: SandboxOutcome): void {
  if (status !== 'OK') throw new Error(`the sandbox does not work here: ${reason ?? status}`);
}
