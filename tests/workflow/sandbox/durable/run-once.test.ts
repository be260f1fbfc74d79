import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { memoryUsage } from 'node:process';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { SandboxOutcome } from '../../../../activities/sandbox/sandbox-command.ts';
import { startSandbox, type SandboxFixture } from '../sandbox-fixture.ts';
import { launch, processesWith, resume, until } from './durable-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

let launches = 0;

const run = (
  script: string,
  more: Parameters<SandboxFixture['command']>[0] = {},
): Promise<SandboxOutcome> => {
  launches += 1;
  const command = fixture.command({ ...more, argv: ['/bin/sh', '-c', script] });
  return fixture.sandbox.runOnce(command, launch(`run-${launches}`));
};

describe('a durable command', () => {
  it('gives exit code, both streams as one, and an empty input', async () => {
    const { exitCode, output } = await run('cat; echo a; echo b >&2; echo c; exit 3');

    expect([exitCode, output.combined]).toEqual([3, 'a\nb\nc\n']);
  });

  it('can write by the names of its streams without losing a line', async () => {
    const { output } = await run(
      'echo a; echo b >/dev/stdout; echo c >/dev/stderr; echo d | tee /dev/stderr',
    );

    expect(output.combined).toBe('a\nb\nc\nd\nd\n');
  });

  it('reads its input', async () => {
    expect((await run('cat /dev/stdin', { input: 'given\n' })).output.combined).toBe('given\n');
  });

  it('can be interrupted like one at a terminal', async () => {
    const { output } = await run(
      `sh -c 'trap "echo caught; exit" INT; kill -INT $$; sleep 1; echo deaf'`,
    );

    expect(output.combined).toBe('caught\n');
  });

  it('gets no variable of the worker and hides its own', async () => {
    const { output } = await run('env; cat /proc/self/cmdline | tr "\\0" " "', {
      environment: { TOKEN: 'secret-word' },
    });

    expect(output.combined).toContain('TOKEN=secret-word');
    expect(output.combined).not.toContain('HOLDFAST');
    expect(processesWith('secret-word')).toEqual([]);
  });

  it('keeps memory bounded however much it prints, and counts it', async () => {
    const before = memoryUsage.rss();

    const { output } = await run('head -c 300M /dev/zero', {
      limits: { outputBytes: 1024 ** 2 },
    });

    expect(output).toMatchObject({ stdoutBytes: 300 * 1024 ** 2, isTruncated: true });
    expect(memoryUsage.rss() - before).toBeLessThan(100 * 1024 ** 2);
  });

  it('ends at its wall time with all it started', async () => {
    const word = `80.${process.pid}`;

    const outcome = await run(`setsid sh -c 'sleep ${word} & wait' & sleep ${word}`, {
      limits: { wallMs: 1_000 },
    });

    expect(outcome).toMatchObject({ status: 'TIMEOUT', exitCode: 124 });
    expect(outcome.durationMs).toBeGreaterThanOrEqual(1_000);
    expect(outcome.durationMs).toBeLessThanOrEqual(1_200);
    expect(processesWith(word)).toEqual([]);
  });

  it('ends with its tree and the reason of its signal', async () => {
    const word = `81.${process.pid}`;
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');

    const running = run(`echo begin; sleep ${word} & sleep ${word}`, {
      signal: controller.signal,
      onOutput: () => controller.abort(reason),
    });

    await expect(running).rejects.toBe(reason);
    expect(processesWith(word)).toEqual([]);
  });

  it('is left running by a worker that ends itself, and another one goes on', async () => {
    const stateFolder = join(fixture.folder, 'state');
    const ending = await startSandbox({ stateFolder });
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const command = fixture.command({
      argv: ['sh', '-c', 'echo begin; sleep 1; id -un; exit 4'],
      signal: controller.signal,
      onOutput: () => controller.abort(reason),
    });

    const left = ending.sandbox.runOnce(command, {
      ...launch('left'),
      leavesRunning: (why) => why === reason,
    });
    await expect(left).rejects.toBe(reason);
    ending.close();
    const { exitCode, output } = await resume(fixture, 'left');

    expect([exitCode, output.combined]).toEqual([4, 'begin\nagent\n']);
  });

  it('says when the sandbox does not start, and was not begun then', async () => {
    await expect(run('true', { cwd: 'not/there' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('leaves no group and no process behind', async () => {
    await run('sleep 0.1');

    await until(() => groupsOfCommands().length === 0);
    expect(processesWith('supervisor.sh')).toEqual([]);
  });
});

function groupsOfCommands(): string[] {
  const roots = ['', '/memory', '/pids', '/cpu'].map((root) => `/sys/fs/cgroup${root}`);
  return roots.flatMap(namesIn).flatMap((folder) => namesIn(folder).filter(isCommandGroup));
}

const isCommandGroup = (folder: string): boolean =>
  folder.includes(`/holdfast-${process.pid}-`) && /\/c\d+$/.test(folder);

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
