import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { allocateUid } from '../../../activities/sandbox/allocate-uid.ts';
import { assignWorkspace } from '../../../activities/sandbox/assign-workspace.ts';
import { isRunning } from '../../../activities/sandbox/process/process-tree.ts';
import type {
  SandboxCommand,
  SandboxOutcome,
} from '../../../activities/sandbox/sandbox-command.ts';
import {
  defaultSandboxLimits,
  type SandboxLimits,
} from '../../../activities/sandbox/sandbox-limits.ts';
import {
  createSandbox,
  type CreateSandboxOptions,
  type Sandbox,
} from '../../../activities/sandbox/sandbox.ts';

/** What a test may set on a command; limits are laid over the defaults. */
type CommandOverrides = Partial<Omit<SandboxCommand, 'limits'>> & {
  readonly limits?: Partial<SandboxLimits>;
};

/** A sandbox with one workspace in a temporary folder. */
export interface SandboxFixture {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly workspace: string;
  readonly uid: number;
  /** Writes files of the workspace, as its owner. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly command: (overrides: CommandOverrides) => SandboxCommand;
  /** Runs a shell script. */
  readonly shell: (script: string, overrides?: CommandOverrides) => Promise<SandboxOutcome>;
  /** Runs a Python program. */
  readonly python: (program: string, overrides?: CommandOverrides) => Promise<SandboxOutcome>;
  readonly close: () => void;
}

/** Makes a sandbox, its files and a workspace that belongs to its user. */
export async function startSandbox(
  options: Partial<CreateSandboxOptions> = {},
): Promise<SandboxFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sandbox-test-'));
  chmodSync(folder, 0o755);
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  const uid = allocateUid(folder);
  if (process.getuid?.() === 0) chownSync(workspace, uid, uid);
  const sandbox = await createSandbox({
    stateFolder: join(folder, 'state'),
    environment: process.env,
    ...options,
  });
  const command = ({ limits, ...rest }: CommandOverrides): SandboxCommand => ({
    argv: ['true'],
    workspace,
    workspaceAccess: 'read-write',
    network: 'none',
    uid,
    ...rest,
    limits: { ...defaultSandboxLimits, wallMs: 30_000, ...limits },
  });
  return {
    sandbox,
    folder,
    workspace,
    uid,
    command,
    write: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(workspace, name)), { recursive: true });
        writeFileSync(join(workspace, name), content);
      }
      if (process.getuid?.() === 0) await assignWorkspace(workspace, uid);
    },
    shell: (script, overrides = {}) =>
      sandbox.run(command({ ...overrides, argv: ['/bin/sh', '-c', script] })),
    python: (program, overrides = {}) =>
      sandbox.run(command({ ...overrides, argv: ['python3', '-c', program] })),
    close: () => {
      sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** True while any of the processes runs. */
export function isAnyRunning(pids: readonly number[]): boolean {
  return pids.some(isRunning);
}
