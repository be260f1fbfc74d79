import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { identityOf, isRunning } from '../../../activities/sandbox/process/process-tree.ts';
import { pollFor } from '../../support/poll.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

const worker = join(import.meta.dirname, 'dying-worker/main.ts');
const root = join(import.meta.dirname, '../../..');

function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunning(pid) && commandLineOf(pid).includes(word));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('the death of a worker', () => {
  it('ends everything its commands started, and the next worker clears up', async () => {
    const word = `6${process.pid}66`;
    const stateFolder = join(fixture.folder, 'state-of-the-dead');
    const dying = spawn(
      process.execPath,
      ['--import', 'tsx', worker, stateFolder, fixture.workspace, String(fixture.uid), word],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface({ input: dying.stdout });
    const [line]: unknown[] = await once(lines, 'line');
    const started = processesWith(word);
    const identity = identityOf(dying.pid ?? 0);

    dying.kill('SIGKILL');
    await once(dying, 'exit');

    expect(line).toBe('ready');
    expect(started.length).toBeGreaterThanOrEqual(2);
    await pollFor('every process ends', () => processesWith(word).length === 0 || undefined);
    expect(readdirSync(stateFolder)).toEqual([
      expect.stringContaining(`holdfast-${identity?.pid}-${identity?.startTicks}`),
    ]);

    const next = await startSandbox({ stateFolder });
    const left = readdirSync(stateFolder).filter((name) => name.includes(`-${identity?.pid}-`));
    next.close();

    expect(left).toEqual([]);
  });
});
