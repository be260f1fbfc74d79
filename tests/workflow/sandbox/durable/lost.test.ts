import { readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { CommandLost } from '../../../../activities/sandbox/durable/launch.ts';
import { supervisorOf } from '../../../../activities/sandbox/durable/launch-folder.ts';
import { isRunning, sendSignal } from '../../../../activities/sandbox/process/process-tree.ts';
import { startSandbox, type SandboxFixture } from '../sandbox-fixture.ts';
import {
  ended,
  launch,
  launchFolder,
  processesWith,
  resume,
  startAndKill,
  startWorker,
  until,
} from './durable-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

async function lossOf(running: Promise<unknown>): Promise<string> {
  const error: unknown = await running.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommandLost);
  return error instanceof Error ? error.message : '';
}

const gone = async (word: string): Promise<void> => until(() => processesWith(word).length === 0);

describe('a command is lost', () => {
  it('when no worker shows itself for longer than the lease: no process is left', async () => {
    const word = `70.${process.pid}`;
    const script = `echo begin; setsid sleep ${word} & sleep ${word}`;
    await startAndKill(fixture, { name: 'lease', script, leaseMs: 500 });

    await gone(word);

    expect(await lossOf(resume(fixture, 'lease'))).toContain('no worker showed itself');
  });

  it('when its worker was frozen for longer than the lease', async () => {
    const word = `71.${process.pid}`;
    const script = `echo begin; sleep ${word}`;
    const worker = startWorker(fixture, { name: 'frozen', script, leaseMs: 500 });
    await until(() => worker.handedOn().text.includes('begin'));

    worker.signal('SIGSTOP');
    await until(() => supervisorIsGone('frozen'));
    worker.signal('SIGCONT');
    await worker.exited;

    expect(worker.lastWord()).toContain('CommandLost');
    expect(processesWith(`sleep ${word}`)).toEqual([]);
  });

  it('when its folder was wiped: it is ended, and never begun again', async () => {
    const word = `72.${process.pid}`;
    const script = `echo ran >> wiped.log; echo begin; sleep ${word}`;
    await startAndKill(fixture, { name: 'wiped', script });

    rmSync(launchFolder(fixture, 'wiped'), { recursive: true });
    const why = await lossOf(resume(fixture, 'wiped'));
    await gone(word);

    expect(why).toContain('nothing is left');
    const command = fixture.command({ argv: ['sh', '-c', script] });
    expect(await lossOf(fixture.sandbox.runOnce(command, launch('wiped')))).toContain('before');
    expect(readFileSync(join(fixture.workspace, 'wiped.log'), 'utf8')).toBe('ran\n');
  });

  it('when the host was restarted', async () => {
    await startAndKill(fixture, { name: 'boot', script: 'echo begin; sleep 1' });
    await ended(fixture, 'boot');
    const stateFolder = join(fixture.folder, 'state');
    const next = await startSandbox({ stateFolder, readBootId: () => 'another boot' });

    const why = await lossOf(next.sandbox.resume({ workspace: fixture.workspace }, launch('boot')));
    next.close();

    expect(why).toContain('the host was restarted');
  });

  it('when its supervisor was killed: the sandbox dies with it', async () => {
    const word = `73.${process.pid}`;
    await startAndKill(fixture, { name: 'orphan', script: `echo begin; sleep ${word}` });

    sendSignal(supervisorOf(launchFolder(fixture, 'orphan'))?.pid ?? 0, 'SIGKILL');
    await gone(word);

    expect(await lossOf(resume(fixture, 'orphan'))).toContain('was killed');
  });
});

function supervisorIsGone(name: string): boolean {
  const pid = supervisorOf(launchFolder(fixture, name))?.pid;
  return pid !== undefined && !isRunning(pid);
}

describe('a launch', () => {
  it('of one name is begun by one of many, and the others are refused', async () => {
    const command = fixture.command({ argv: ['sh', '-c', 'echo ran >> once.log; sleep 0.3'] });

    const all = await Promise.allSettled(
      Array.from({ length: 4 }, () => fixture.sandbox.runOnce(command, launch('once'))),
    );

    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readFileSync(join(fixture.workspace, 'once.log'), 'utf8')).toBe('ran\n');
  });

  it('goes on under a worker that was frozen for less than the lease', async () => {
    const script = 'echo begin; sleep 2; echo end; exit 5';
    const worker = startWorker(fixture, { name: 'thawed', script });
    await until(() => worker.handedOn().text.includes('begin'));

    worker.signal('SIGSTOP');
    await ended(fixture, 'thawed');
    worker.signal('SIGCONT');
    await worker.exited;

    expect(JSON.parse(worker.lastWord())).toEqual({
      end: { status: 'OK', exitCode: 5, text: 'begin\nend\n' },
    });
  });

  it('is kept for 24 hours', async () => {
    const run = (name: string): Promise<unknown> =>
      fixture.sandbox.runOnce(fixture.command({}), launch(name));
    await Promise.all([run('young'), run('old')]);
    age(launchFolder(fixture, 'young'), minutes(24 * 60 - 1));
    age(launchFolder(fixture, 'old'), minutes(24 * 60 + 1));

    const next = await startSandbox({ stateFolder: join(fixture.folder, 'state') });
    const left = readdirSync(join(fixture.folder, 'state', 'effects'));
    next.close();

    expect(left).toContain('young');
    expect(left).not.toContain('old');
  });
});

function minutes(count: number): Date {
  return new Date(Date.now() - count * 60_000);
}

function age(folder: string, at: Date): void {
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), at, at);
}
