import { memoryUsage } from 'node:process';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { clampOutput } from '../../../activities/sandbox/process/clamp-output.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

describe('output', () => {
  it('is kept whole up to the limit, for the model 50,000 characters and a marker', async () => {
    const { output } = await fixture.shell('head -c 10M /dev/zero | tr "\\0" x');

    const shown = clampOutput(output.combined);

    expect(output).toMatchObject({ stdoutBytes: 10 * 1024 ** 2, isTruncated: false });
    expect(output.stdout).toHaveLength(10 * 1024 ** 2);
    expect(shown).toHaveLength(50_000 + '\n[TRUNCATED at 50000 bytes]'.length);
    expect(shown.endsWith('x\n[TRUNCATED at 50000 bytes]')).toBe(true);
  });

  it('keeps memory bounded however much is printed', async () => {
    const before = memoryUsage.rss();

    const { output } = await fixture.shell('head -c 300M /dev/zero', {
      limits: { outputBytes: 1024 ** 2 },
    });

    expect(output).toMatchObject({ stdoutBytes: 300 * 1024 ** 2, isTruncated: true });
    expect(output.stdout).toHaveLength(1024 ** 2);
    expect(memoryUsage.rss() - before).toBeLessThan(100 * 1024 ** 2);
  });

  it('keeps both streams apart and together', async () => {
    const { output } = await fixture.shell('echo out; echo err >&2; exit 5');

    expect(output.stdout).toBe('out\n');
    expect(output.stderr).toBe('err\n');
    expect(output.combined).toHaveLength(8);
  });

  it('can be written by the names of its streams, and input read by its name', async () => {
    const { exitCode, output } = await fixture.shell(
      'cat /dev/stdin; echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/stderr',
      { input: 'given\n' },
    );

    expect(output.stdout).toBe('given\na\nc\n');
    expect(output.stderr).toBe('b\nc\n');
    expect(exitCode).toBe(0);
  });

  it('belongs to its own command when many run at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) => fixture.shell(`echo ${index}; echo ${index} >&2`)),
    );

    expect(outcomes.map(({ output }) => output.stdout + output.stderr)).toEqual(
      outcomes.map((_, index) => `${index}\n${index}\n`),
    );
  });

  it('replaces what is no UTF-8', async () => {
    const { output } = await fixture.shell(`printf 'a\\377b'`);

    expect(output).toMatchObject({ stdout: 'a\uFFFDb', hasReplacements: true });
  });
});
