import { spawnSync } from 'node:child_process';

import type { Enforced } from './enforced.ts';
import type { SandboxOptions } from './foundation.ts';
import { findProgram } from './launch/find-launcher.ts';
import { createSandbox } from './sandbox.ts';

/** What the sandbox is on this machine. */
export interface SandboxInspection {
  readonly enforced: Enforced;
  /** Version of bubblewrap, such as `0.8.0`; absent when it is not there. */
  readonly bubblewrapVersion?: string;
  /** Folders with toolchains that commands can use, beyond the system's own. */
  readonly toolchains: readonly string[];
  /** Why toolchains of closed folders cannot be used. */
  readonly toolchainProblem?: string;
}

/** Finds out by trying what a sandbox would hold here, and leaves nothing behind. Never refuses: it tells. */
export async function probeSandbox(options: SandboxOptions): Promise<SandboxInspection> {
  const sandbox = await createSandbox(options);
  const bubblewrap = options.bubblewrap ?? findProgram(options.environment['PATH'] ?? '', 'bwrap');
  const version = bubblewrap === undefined ? undefined : versionOf(bubblewrap);
  try {
    return {
      enforced: sandbox.enforced,
      ...(version === undefined ? {} : { bubblewrapVersion: version }),
      toolchains: sandbox.toolchains.trees,
      ...(sandbox.toolchains.problem === undefined
        ? {}
        : { toolchainProblem: sandbox.toolchains.problem }),
    };
  } finally {
    sandbox.close();
  }
}

function versionOf(bubblewrap: string): string | undefined {
  const answer = spawnSync(bubblewrap, ['--version'], { encoding: 'utf8', env: {} });
  return /(\d+\.\d+\.\d+)/.exec(answer.stdout ?? '')?.[1];
}
