import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { isRunning } from '../../../activities/sandbox/process/process-tree.ts';
import { pollFor } from '../../support/poll.ts';
import { isAnyRunning, startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

/** Pids, on the host, of the processes whose command line has a word; the sandbox's own pid numbers differ. */
function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const file = `/proc/${pid}/cmdline`;
      return existsSync(file) && isRunning(pid) && commandLine(file).includes(word);
    });
}

function commandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

describe('wall time', () => {
  it('ends a command and its forked grandchildren in time', async () => {
    const word = `9${process.pid}99`;

    const outcome = await fixture.shell(
      `setsid sh -c 'setsid sleep ${word} & setsid sleep ${word} & wait' & sleep ${word}`,
      { limits: { wallMs: 1_000 } },
    );

    expect(outcome.status).toBe('TIMEOUT');
    expect(outcome.exitCode).toBe(124);
    expect(outcome.durationMs).toBeGreaterThanOrEqual(1_000);
    expect(outcome.durationMs).toBeLessThanOrEqual(1_200);
    expect(processesWith(word)).toEqual([]);
  });

  it('gives TERM first and KILL to what ignores it', async () => {
    const outcome = await fixture.shell(
      `trap 'echo asked' TERM; echo ready; while :; do sleep 0.02; done`,
      { limits: { wallMs: 400 } },
    );

    expect(outcome.output.stdout).toBe('ready\nasked\n');
    expect(outcome.status).toBe('TIMEOUT');
    expect(outcome.durationMs).toBeLessThanOrEqual(600);
  });

  it('leaves nothing running behind a command that ends by itself', async () => {
    const word = `8${process.pid}88`;

    const outcome = await fixture.shell(`setsid sleep ${word} & exit 3`);

    expect(outcome).toMatchObject({ status: 'OK', exitCode: 3 });
    expect(processesWith(word)).toEqual([]);
  });
});

describe('abort', () => {
  it('ends the tree and rejects with the reason of the signal', async () => {
    const controller = new AbortController();
    const word = `7${process.pid}77`;
    const pids: number[] = [];

    const running = fixture.shell(`echo ready; sleep ${word} & sleep ${word}`, {
      signal: controller.signal,
      onOutput: () => {
        pids.push(...processesWith(word));
        controller.abort(new Error('cancelled by a person'));
      },
    });

    await expect(running).rejects.toThrow('cancelled by a person');
    expect(pids).not.toEqual([]);
    expect(isAnyRunning(pids)).toBe(false);
    expect(processesWith(word)).toEqual([]);
  });

  it('lets a command clean up within the grace', async () => {
    const controller = new AbortController();

    const running = fixture.shell(
      `trap 'echo clean > cleaned; exit' TERM; echo ready; while :; do sleep 0.02; done`,
      {
        signal: controller.signal,
        cancelGraceMs: 5_000,
        onOutput: () => controller.abort(new Error('cancelled')),
      },
    );

    await expect(running).rejects.toThrow('cancelled');
    expect(existsSync(join(fixture.workspace, 'cleaned'))).toBe(true);
  });

  it('starts nothing when the signal was aborted before', async () => {
    const running = fixture.shell('touch started', {
      signal: AbortSignal.abort(new Error('late')),
    });

    await expect(running).rejects.toThrow('late');
    expect(existsSync(join(fixture.workspace, 'started'))).toBe(false);
  });
});

describe('processes', () => {
  it('stops a fork bomb at the limit while other commands run', async () => {
    const bomb = fixture.shell('bomb() { bomb | bomb & }; bomb; sleep 20', {
      limits: { wallMs: 2_000, processes: 50 },
    });
    const other = await fixture.shell('echo alive');
    const outcome = await bomb;

    expect(other.output.stdout).toBe('alive\n');
    expect(outcome.output.stderr).toMatch(/[Cc]annot fork|Resource temporarily/);
  });

  it('counts threads and processes of the whole tree', async () => {
    const { output } = await fixture.python(
      'import os\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: os.pause() if hasattr(os, "pause") else __import__("signal").pause()\n    n += 1\nexcept OSError as e: print(n, e.errno, flush=True)',
      { limits: { processes: 30 } },
    );

    expect(output.stdout).toMatch(/^2\d 11$/m);
  });
});

describe('memory', () => {
  it('ends a command that takes more than its share', async () => {
    const outcome = await fixture.python('x = bytearray(400 * 1024 * 1024); print(len(x))', {
      limits: { memoryBytes: 100 * 1024 ** 2 },
    });

    expect(outcome.status).toBe('MEM_LIMIT');
    expect(outcome.exitCode).not.toBe(0);
    expect(outcome.output.stdout).toBe('');
  });

  it('counts files in temporary folders', async () => {
    const outcome = await fixture.shell('head -c 300M /dev/zero > /tmp/big; wc -c < /tmp/big', {
      limits: { memoryBytes: 100 * 1024 ** 2 },
    });

    expect(outcome.output.stdout).not.toContain('314572800');
    expect(outcome.status === 'MEM_LIMIT' || outcome.output.stderr.includes('No space')).toBe(true);
  });
});

describe('storage', () => {
  it('ends a command whose files grow over the limit', async () => {
    const outcome = await fixture.shell(
      'i=0; while :; do i=$((i+1)); head -c 1M /dev/urandom > "f$i"; sleep 0.01; done',
      { limits: { storageBytes: 16 * 1024 ** 2, wallMs: 20_000 } },
    );
    await fixture.shell('rm -f f*');

    expect(outcome.status).toBe('SANDBOX_DENIED');
    expect(outcome.reason).toContain('16777216 bytes');
  });

  it('refuses a single file over its limit', async () => {
    const outcome = await fixture.shell(
      'head -c 5M /dev/zero > big; echo $?; wc -c < big; rm big',
      {
        limits: { fileSizeBytes: 1024 ** 2 },
      },
    );

    expect(outcome.output.stdout).toContain('1048576');
  });
});

describe('processor time', () => {
  it('is shared out by the quota', async () => {
    const { output } = await fixture.python(
      'import time\nw = time.monotonic(); c = time.process_time()\nwhile time.monotonic() - w < 1: pass\nprint((time.process_time() - c) / (time.monotonic() - w))',
      { limits: { cpus: 0.2 } },
    );

    expect(Number(output.stdout)).toBeLessThan(0.35);
  });
});

describe('control groups', () => {
  it('are gone after each command and after the sandbox', async () => {
    const own = await startSandbox();
    await own.shell('true');
    await own.shell('sleep 5', { limits: { wallMs: 100 } });

    expect(groupsOf(process.pid).flatMap((folder) => commandGroups(folder))).toEqual([]);
    const before = groupsOf(process.pid).length;
    own.close();

    await pollFor(
      'its group is gone',
      () => groupsOf(process.pid).length < before || before === 0 || undefined,
    );
  });
});

const roots = [
  '/sys/fs/cgroup',
  '/sys/fs/cgroup/memory',
  '/sys/fs/cgroup/pids',
  '/sys/fs/cgroup/cpu',
];

function groupsOf(pid: number): string[] {
  return roots
    .filter((root) => existsSync(root))
    .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
    .filter((folder) => folder.includes(`/holdfast-${pid}-`));
}

function commandGroups(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^c\d+$/.test(name));
}
