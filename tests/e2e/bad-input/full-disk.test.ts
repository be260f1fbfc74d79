import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { runCli, type CliEnvironment } from '../../support/instance/cli.ts';
import { testHomeVariables } from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';
import { conversation } from '../../support/runs/run-harness.ts';
import { goodbye, script } from '../../support/runs/run-scripts.ts';
import { mountSmallDisk, type SmallDisk } from '../../support/instance/small-disk.ts';
import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';

let disk: SmallDisk | undefined;
let variables: CliEnvironment = {};

/** Mounts a disk for the data folder. Where that is not allowed the test says so and ends; on CI it fails. */
function mounted(megabytes: number): SmallDisk | undefined {
  disk = mountSmallDisk(megabytes);
  if (disk === undefined && process.env['CI'] !== undefined) throw new Error('cannot mount');
  variables = testHomeVariables(join(disk?.folder ?? '/nowhere', 'home'));
  return disk;
}

afterEach(async () => {
  disk?.free();
  await runCli(['down'], variables);
  disk?.unmount();
});

describe('a full disk of the data folder', () => {
  it('is named when an instance cannot start on it', async () => {
    if (mounted(6) === undefined) return;

    const { code, stdout } = await runCli(['up', '--detach', '--json'], variables);

    expect(code).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({ message: expect.stringMatching(/full|no space/i) });
  });

  it('stops runs that are under way until there is room again, and loses nothing', async () => {
    const small = mounted(400);
    if (small === undefined) return;
    const rehearsal = await createRehearsalServer({ scripts: [script('done', goodbye)] });
    variables = { ...variables, OPENAI_BASE_URL: rehearsal.url, OPENAI_MODEL: 'scripted' };
    const cli = async (...args: readonly string[]) => runCli([...args, '--json'], variables);
    const prompt = `go ${conversation('done')}`;
    const up = await cli('up', '--detach');
    const before = await cli('run', prompt, '--no-workspace', '--wait', '--key', 'before');

    small.fill();
    const full = await cli('run', prompt, '--no-workspace', '--no-watch', '--key', 'full');
    small.free();
    const after = await pollFor(
      'runs work again',
      async () => {
        const again = await cli('run', prompt, '--no-workspace', '--wait', '--key', 'full');
        return again.code === 0 ? again : undefined;
      },
      90_000,
    );
    const list = await cli('runs', 'list');
    await rehearsal.close();

    expect([up.code, before.code]).toEqual([0, 0]);
    // It was taken, or refused with a reason; never a crash of the command.
    expect([0, 75]).toContain(full.code);
    expect(JSON.parse(after.stdout)).toMatchObject({ run: { status: 'completed' } });
    expect(JSON.parse(list.stdout)).toMatchObject({ runs: [{ key: 'full' }, { key: 'before' }] });
  });
});
