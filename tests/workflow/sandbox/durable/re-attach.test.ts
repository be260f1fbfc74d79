import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startSandbox, type SandboxFixture } from '../sandbox-fixture.ts';
import { ended, processesWith, resume, startAndKill, until } from './durable-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

const seconds = (count: number): string =>
  `for i in $(seq ${count * 2}); do echo "tick $i"; sleep 0.5; done`;

describe('a command whose worker is killed', () => {
  it('runs on: its output is whole and handed on once, its exit code arrives, it ran once', async () => {
    const script = `echo ran >> log; echo begin; ${seconds(5)}; exit 7`;
    const worker = await startAndKill(fixture, { name: 'long', script }, 'tick 3');
    const { text, bytes } = worker.handedOn();
    let later = '';

    const outcome = await resume(fixture, 'long', {
      handedOnBytes: bytes,
      onOutput: (chunk) => (later += Buffer.from(chunk).toString()),
    });

    const ticks = Array.from({ length: 10 }, (_, index) => `tick ${index + 1}\n`).join('');
    expect(outcome).toMatchObject({ status: 'OK', exitCode: 7 });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(5_000);
    expect(outcome.output.combined).toBe(`begin\n${ticks}`);
    expect(text + later).toBe(`begin\n${ticks}`);
    expect(readFileSync(join(fixture.workspace, 'log'), 'utf8')).toBe('ran\n');
  });

  it('tells how it ended, also when nobody lived then, and tells it again', async () => {
    await startAndKill(fixture, { name: 'alone', script: 'echo begin; sleep 1; echo end; exit 3' });
    await ended(fixture, 'alone');

    const outcomes = [
      await resume(fixture, 'alone'),
      // Somebody wanted to end it, but it had ended.
      await resume(fixture, 'alone', { signal: AbortSignal.abort(new Error('too late')) }),
    ];

    for (const { status, exitCode, output } of outcomes) {
      expect([status, exitCode, output.combined]).toEqual(['OK', 3, 'begin\nend\n']);
    }
  });

  it('still reads its system files when the next worker has cleared up', async () => {
    const script = 'echo begin; while [ ! -e go ]; do sleep 0.05; done; id -un; cat /etc/hosts';
    await startAndKill(fixture, { name: 'files', script });
    const next = await startSandbox({ stateFolder: join(fixture.folder, 'state') });
    await fixture.shell('touch go');

    const { output } = await resume(fixture, 'files');
    next.close();

    expect(output.combined).toContain('begin\nagent\n127.0.0.1 localhost\n');
  });
});

describe('the limits of a command whose worker is killed', () => {
  it('count the wall time from its true start', async () => {
    const order = { name: 'wall', script: 'echo begin; sleep 60', limits: { wallMs: 4_000 } };
    await startAndKill(fixture, order);

    const outcome = await resume(fixture, 'wall');

    expect(outcome).toMatchObject({ status: 'TIMEOUT', exitCode: 124 });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(3_990);
    expect(outcome.durationMs).toBeLessThan(4_500);
  });

  it('hold without any worker: wall time', async () => {
    const word = `60.${process.pid}`;
    const script = `echo begin; sleep ${word}`;
    await startAndKill(fixture, { name: 'wall-alone', script, limits: { wallMs: 1_000 } });
    await ended(fixture, 'wall-alone');

    expect(processesWith(word)).toEqual([]);
    expect(await resume(fixture, 'wall-alone')).toMatchObject({ status: 'TIMEOUT', exitCode: 124 });
  });

  it('hold without any worker: memory', async () => {
    const script = `echo begin; sleep 1; python3 -c 'print(len(bytearray(400 * 1024 * 1024)))'`;
    const limits = { memoryBytes: 100 * 1024 ** 2 };
    await startAndKill(fixture, { name: 'memory', script, limits });
    await ended(fixture, 'memory');

    expect(await resume(fixture, 'memory')).toMatchObject({ status: 'MEM_LIMIT' });
  });

  it('hold without any worker: output is kept to its cap and counted', async () => {
    const script = 'echo begin; sleep 0.5; head -c 3M /dev/zero | tr "\\0" x';
    const limits = { outputBytes: 1024 ** 2 };
    await startAndKill(fixture, { name: 'flood', script, limits });
    await ended(fixture, 'flood');

    const { output, exitCode } = await resume(fixture, 'flood');

    expect(exitCode).toBe(0);
    expect(output.combined).toHaveLength(1024 ** 2);
    expect(output).toMatchObject({ isTruncated: true, stdoutBytes: 3 * 1024 ** 2 + 6 });
  });

  it('end it with its tree when it is stopped after it was attached to', async () => {
    const word = `61.${process.pid}`;
    const script = `trap 'echo clean > cleaned; exit' TERM; echo begin; sh -c 'setsid sleep ${word} &' ; while :; do sleep 0.05; done`;
    await startAndKill(fixture, { name: 'stopped', script });
    const controller = new AbortController();
    const reason = new Error('somebody stopped the run');
    const running = resume(fixture, 'stopped', { signal: controller.signal });
    running.catch(() => undefined);
    await until(() => processesWith(word).length > 0);

    const since = performance.now();
    controller.abort(reason);

    await expect(running).rejects.toBe(reason);
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(processesWith(word)).toEqual([]);
    expect(readFileSync(join(fixture.workspace, 'cleaned'), 'utf8')).toBe('clean\n');
    // A worker that comes later, because this one died before it wrote that down, is told as much.
    await expect(resume(fixture, 'stopped')).rejects.toThrow('another worker ended it');
  });
});
