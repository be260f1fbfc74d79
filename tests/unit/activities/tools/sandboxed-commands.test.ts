import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ClosedFiles } from '../../../../activities/workspace/closed-files/closed-files.ts';
import type { SandboxCommand } from '../../../../activities/sandbox/sandbox-command.ts';
import { createShellTool } from '../../../../activities/tools/shell/shell-tool.ts';
import { createRunTestsTool } from '../../../../activities/tools/tests/run-tests-tool.ts';
import { CallEnded } from '../../../../activities/tools/tool.ts';
import { callerFor } from './call-tool.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-commands-'));
  writeFileSync(join(root, 'package.json'), '{"scripts":{"test":"true"}}');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const facts = async () => ({
  access: 'change' as const,
  commands: [],
  paths: [],
  hosts: [],
  unresolved: [],
});

const unexpected = async (): Promise<never> => {
  throw new Error('nothing is resumed here');
};

/** A sandbox that notes what it is asked for and ends as it is told. */
function noting(end: (command: SandboxCommand) => never): {
  readonly runner: Parameters<typeof createShellTool>[0];
  readonly networks: string[];
} {
  const networks: string[] = [];
  const run = async (command: SandboxCommand): Promise<never> => {
    networks.push(command.network);
    return end(command);
  };
  return {
    runner: {
      sandbox: { run, runOnce: run, resume: unexpected, isBegun: () => false },
      limits: {},
      closedFiles: new ClosedFiles(),
    },
    networks,
  };
}

describe('tools that run commands of a model', () => {
  it('get no network, in runs with network too: it would open the loopback of the host', async () => {
    const { runner, networks } = noting(() => {
      throw new Error('noted');
    });
    const { call } = callerFor({ root, uid: 1_000, gid: 1_000 }, { networkAllowed: true });

    await expect(call(createShellTool(runner, facts), { command: 'true' })).rejects.toThrow(
      'noted',
    );
    await expect(call(createRunTestsTool(runner, facts), {})).rejects.toThrow('noted');

    expect(networks).toEqual(['none', 'none']);
  });

  it('say that they were ended in the middle, so that nobody has to be asked', async () => {
    const controller = new AbortController();
    const reason = new Error('the run was stopped');
    const { runner } = noting(() => {
      controller.abort(reason);
      throw reason;
    });
    const workspace = { root, uid: 1_000, gid: 1_000 };
    const { call } = callerFor(workspace, { signal: controller.signal });

    const ended: unknown = await call(createShellTool(runner, facts), { command: 'true' }).catch(
      (error: unknown) => error,
    );

    expect(ended).toBeInstanceOf(CallEnded);
    expect(ended).toMatchObject({ progress: 'in-the-middle', cause: reason });
  });
});
