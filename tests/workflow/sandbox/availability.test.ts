import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { probeSandbox } from '../../../activities/sandbox/inspect.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture | undefined;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-stub-'));
  chmodSync(folder, 0o755);
});

afterEach(() => {
  fixture?.close();
  fixture = undefined;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A bubblewrap on a kernel that allows no user namespaces. */
function stubWithoutNamespaces(): string {
  const stub = join(folder, 'bwrap');
  const complaint = 'bwrap: No permissions to create new namespace, likely because of the kernel';
  writeFileSync(stub, `#!/bin/sh\necho '${complaint}' >&2\nexit 1\n`);
  chmodSync(stub, 0o755);
  return stub;
}

describe('a machine without user namespaces', () => {
  it('refuses every command, names the layer and says what to do', async () => {
    fixture = await startSandbox({ bubblewrap: stubWithoutNamespaces() });

    await expect(fixture.shell('touch ran')).rejects.toMatchObject({
      code: 'sandbox_unavailable',
      message: expect.stringContaining('namespaces'),
      suggestion: expect.stringContaining('max_user_namespaces'),
    });
    expect(existsSync(join(fixture.workspace, 'ran'))).toBe(false);
  });

  it('refuses even where layers may be missing', async () => {
    fixture = await startSandbox({
      bubblewrap: stubWithoutNamespaces(),
      optionalLayers: ['namespaces', 'seccomp', 'user', 'network', 'memory', 'cpu'],
    });

    await expect(fixture.shell('true')).rejects.toMatchObject({ code: 'sandbox_unavailable' });
  });

  it('is told by the inspection before anything runs', async () => {
    const inspection = await probeSandbox({
      stateFolder: join(folder, 'state'),
      environment: process.env,
      bubblewrap: stubWithoutNamespaces(),
    });

    expect(inspection.enforced.namespaces).toMatchObject({ requested: true, applied: false });
    expect(inspection.enforced.namespaces.reason).toContain('No permissions');
    expect(readdirSync(join(folder, 'state'))).toEqual([]);
  });
});

describe('a machine without control groups', () => {
  it('refuses commands where memory is a required layer', async () => {
    fixture = await startSandbox({ controlGroups: 'none' });

    expect(fixture.sandbox.enforced.memory).toMatchObject({ requested: true, applied: false });
    await expect(fixture.shell('true')).rejects.toMatchObject({
      code: 'sandbox_unavailable',
      message: expect.stringContaining('memory'),
    });
  });

  it('holds the process limit by resource limits where memory is optional', async () => {
    fixture = await startSandbox({ controlGroups: 'none', optionalLayers: ['memory', 'cpu'] });

    const { output, enforced } = await fixture.python(
      'import os, signal\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: signal.pause()\n    n += 1\nexcept OSError as e: print(n, e.errno, flush=True)',
      { limits: { processes: 25 } },
    );

    expect(enforced.processes).toEqual({ requested: true, applied: true, by: 'rlimit' });
    expect(output.stdout).toMatch(/^2\d 11$/m);
  });
});

describe('this machine', () => {
  it('holds every layer and says by what', async () => {
    const inspection = await probeSandbox({
      stateFolder: join(folder, 'state'),
      environment: process.env,
    });

    expect(inspection.bubblewrapVersion).toMatch(/^0\.\d+\.\d+$/);
    expect(inspection.enforced).toMatchObject({
      namespaces: { applied: true, by: 'bubblewrap' },
      seccomp: { applied: true, by: 'seccomp' },
      network: { applied: true },
      memory: { applied: true, by: expect.stringMatching(/^cgroup-v[12]$/) },
      processes: { applied: true },
      cpu: { applied: true },
      storage: { applied: true, by: 'polling' },
    });
  });

  it('refuses user 0', async () => {
    fixture = await startSandbox();

    await expect(fixture.shell('true', { uid: 0 })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('says that a working folder does not exist', async () => {
    fixture = await startSandbox();

    await expect(fixture.shell('true', { cwd: 'nowhere' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('gives 127 for a program that does not exist', async () => {
    fixture = await startSandbox();

    const outcome = await fixture.sandbox.run(fixture.command({ argv: ['no-such-program'] }));

    expect(outcome).toMatchObject({ status: 'OK', exitCode: 127 });
  });
});
