import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const isRoot = process.getuid?.() === 0;
const nobody = isRoot ? 65_534 : (process.getuid?.() ?? 0);
const worker = join(import.meta.dirname, 'unprivileged-worker/main.ts');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-unprivileged-'));
  chmodSync(folder, 0o755);
  for (const name of ['home', 'workspace']) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), nobody, nobody);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script in the sandbox of a worker that is not root; the answer is its outcome as JSON. */
async function runUnprivileged(script: string, how = 'plain'): Promise<string> {
  const home = join(folder, 'home');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', worker, join(home, 'state'), join(folder, 'workspace'), script, how],
    {
      cwd: join(import.meta.dirname, '../../..'),
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, TMPDIR: home },
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    },
  );
  return stdout;
}

describe('a worker that is not root', () => {
  it('closes commands in as its own user, which they cannot tell', async () => {
    const outcome: unknown = JSON.parse(
      await runUnprivileged('id -u; touch made; cat /proc/[0-9]*/comm; echo named > /dev/stderr'),
    );

    expect(outcome).toMatchObject({
      status: 'OK',
      exitCode: 0,
      output: { stdout: '1000\nbwrap\nsh\n', stderr: 'named\n' },
      enforced: {
        namespaces: { applied: true },
        seccomp: { applied: true },
        user: { requested: false },
        network: { applied: true },
        processes: { applied: true },
      },
    });
    expect(lstatSync(join(folder, 'workspace/made')).uid).toBe(nobody);
  });

  it('runs durable commands too', async () => {
    const outcome: unknown = JSON.parse(
      await runUnprivileged('id -u; echo named > /dev/stderr; exit 3', 'durable'),
    );

    expect(outcome).toMatchObject({
      status: 'OK',
      exitCode: 3,
      output: { combined: '1000\nnamed\n' },
    });
  });

  it('holds the process limit, though its user has other processes', async () => {
    const outcome: unknown = JSON.parse(
      await runUnprivileged('i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done'),
    );

    expect(outcome).toMatchObject({ output: { stderr: expect.stringMatching(/fork/) } });
    expect(existsSync(join(folder, 'home/state'))).toBe(true);
  });
});
