import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { commitOutcome } from '../../../activities/upkeep/git-trail/audit-repository.ts';
import { createSlots } from '../../../activities/workspace/git/slots.ts';
import { gitConfigurationFile } from '../../../activities/workspace/workspaces.ts';
import { pollFor } from '../../support/poll.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import {
  call,
  calling,
  finishing,
  goodbye,
  script,
  shell,
} from '../../support/runs/run-scripts.ts';
import { openApproval, start, whenRun } from '../../support/runs/running-runs.ts';

const repository = mkdtempSync(join(tmpdir(), 'holdfast-trail-'));
const lock = join(repository, '.git', 'index.lock');
let harness: RunHarness;
let worker: TestWorker;

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** Subjects of the commits, oldest first. */
function subjects(): readonly string[] {
  return git('log', '--reverse', '--format=%s').split('\n');
}

beforeAll(async () => {
  chmodSync(repository, 0o755);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(repository, 'staged.txt'), 'of the user');
  git(
    '-c',
    'user.name=u',
    '-c',
    'user.email=u@u',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'first',
  );
  git('add', 'staged.txt');
  writeFileSync(join(repository, '.git', 'hooks', 'post-commit'), '#!/bin/sh\ntouch ../hooked\n', {
    mode: 0o755,
  });
  harness = await startRunHarness({
    upkeep: true,
    settings: { auditRepository: repository },
    workers: 0,
    scripts: [
      script('one', calling(call('list_files')), finishing('done')),
      script('two', calling(call('list_files')), finishing('done')),
      script('unknown', calling(shell('printf made > made.txt')), goodbye),
    ],
  });
  worker = await harness.startWorker();
  // The reader of the chain begins at its end when it looks for the first time.
  await pollFor('the trail is followed', async () => {
    const rows = await harness.db.selectFrom('audit_readers').selectAll().execute();
    return rows[0];
  });
});
afterAll(async () => {
  await harness.stop();
  rmSync(repository, { recursive: true, force: true });
});

async function ended(name: string): Promise<string> {
  const runId = await start(harness, name, { specialist: 'research' });
  await harness.client.waitForRun(runId);
  return runId;
}

async function committed(count: number): Promise<readonly string[]> {
  return pollFor(`${count} commits`, () => {
    const found = subjects();
    return Promise.resolve(found.length >= count + 1 ? found.slice(1) : undefined);
  });
}

describe('the audit trail in git', () => {
  it('gets one commit for the outcome of each of two runs that end at once', async () => {
    const runs = await Promise.all([ended('one'), ended('two')]);

    const found = await committed(2);

    expect(found).toHaveLength(2);
    for (const runId of runs) {
      expect(found).toEqual(expect.arrayContaining([expect.stringContaining(`(${runId})`)]));
      const file = join(repository, '.audit', 'runs', runId, 'main.json');
      const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
      expect(document).toMatchObject({ runId, stepId: 'main', status: 'completed', approvals: [] });
      expect(found.find((subject) => subject.includes(runId))).toMatch(/^audit: completed do it /);
    }
  });

  it('leaves alone what the user has staged, and runs no hook', () => {
    expect(git('status', '--porcelain')).toBe('A  staged.txt');
    expect(() => readFileSync(join(repository, '..', 'hooked'))).toThrow('ENOENT');
  });

  it('waits while the repository is locked, and then commits in order', async () => {
    writeFileSync(lock, '');
    const first = await ended('one');
    const second = await ended('two');
    await pollFor('the operator is told', () =>
      Promise.resolve(worker.errors().includes('index.lock') || undefined),
    );
    expect(subjects()).toHaveLength(3);

    rmSync(lock);

    const found = await committed(4);
    expect(found[2]).toContain(first);
    expect(found[3]).toContain(second);
  });

  it('waits while the repository is missing', async () => {
    renameSync(repository, `${repository}-away`);
    const runId = await ended('one');
    await pollFor('the operator is told', () =>
      Promise.resolve(worker.errors().includes('there is no folder') || undefined),
    );

    renameSync(`${repository}-away`, repository);

    expect((await committed(5))[4]).toContain(runId);
  });

  it('commits nothing twice when it is told again', async () => {
    await harness.db.updateTable('audit_readers').set({ seq: 0 }).execute();
    const [head] = await harness.db.selectFrom('audit_heads').select('seq').execute();

    await pollFor('everything is told again', async () => {
      const [reader] = await harness.db.selectFrom('audit_readers').select('seq').execute();
      const last = await harness.db
        .selectFrom('outbox')
        .select((eb) => eb.fn.max('seq').as('seq'))
        .where('kind', '=', 'run.ended')
        .executeTakeFirst();
      return Number(reader?.seq) >= Number(last?.seq) || undefined;
    });

    expect(Number(head?.seq)).toBeGreaterThan(0);
    expect(subjects()).toHaveLength(6);
  });

  it('makes a second commit, linked to the first, for an outcome that changed', async () => {
    worker.kill('SIGKILL');
    await worker.exited;
    await harness.recoverFrom(worker);
    const file = join(harness.home, 'paused');
    const doomed = await harness.startWorker({ phase: 'after-intent', nth: 1, file });
    const runId = await start(harness, 'unknown');
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await pollFor('the worker stops behind the intent', () => {
      try {
        return Promise.resolve(readFileSync(file, 'utf8'));
      } catch {
        return Promise.resolve(undefined);
      }
    });
    doomed.kill('SIGKILL');
    await doomed.exited;
    await harness.recoverFrom(doomed);
    worker = await harness.startWorker();
    await whenRun(harness, runId, ({ pause }) => pause === 'effect_unknown');
    const [effect] = await harness.client.listEffects({ run: runId, state: 'unknown' });
    await committed(6);

    await harness.client.settleEffect({
      effect: effect?.callId ?? '',
      settlement: 'happened',
      reason: 'seen',
    });
    await harness.client.waitForRun(runId);

    const found = (await committed(8)).slice(5);
    expect(found.map((subject) => subject.split(' ')[1])).toEqual([
      'unknown',
      'committed',
      'completed',
    ]);
    const path = `.audit/runs/${runId}/main.json`;
    const [newest = '', middle = '', oldest = ''] = git('log', '--format=%H', '--', path).split(
      '\n',
    );
    expect(git('log', '-1', '--format=%(trailers:key=Audit-Previous,valueonly)', newest)).toBe(
      middle,
    );
    expect(git('log', '-1', '--format=%(trailers:key=Audit-Previous,valueonly)', middle)).toBe(
      oldest,
    );
    expect(git('log', '-1', '--format=%(trailers:key=Audit-Previous,valueonly)', oldest)).toBe('');
  });

  it('waits for the program that can read all of a run, and commits the outcome whole then', async () => {
    const before = subjects().length;
    const runId = await start(harness, 'unknown');
    const { approvalId } = await openApproval(harness, runId);
    const versionOfStart = async (schema_version: number): Promise<unknown> =>
      harness.db
        .updateTable('events')
        .set({ schema_version })
        .where('run_id', '=', runId)
        .where('seq', '=', 1)
        .execute();
    await versionOfStart(2);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
    await pollFor('the operator is told', () =>
      Promise.resolve(worker.errors().includes('is of version 2') || undefined),
    );
    expect(subjects()).toHaveLength(before);

    await versionOfStart(1);

    expect((await committed(before)).at(-1)).toContain(runId);
  });

  it('commits an outcome once, however often it is handed over', async () => {
    const configurationFile = gitConfigurationFile(join(harness.home, 'workspaces'));
    const target = {
      folder: repository,
      git: { searchPath: process.env['PATH'] ?? '', configurationFile, slots: createSlots(1) },
      isRoot: process.getuid?.() === 0,
    };
    const outcome = { path: '.audit/runs/x/main.json', document: { a: 1 }, subject: 'audit: x' };

    expect(await commitOutcome(target, outcome)).toBe('committed');
    expect(await commitOutcome(target, outcome)).toBe('was-there');
    expect(await commitOutcome(target, { ...outcome, document: { a: 2 } })).toBe('committed');
    // The first content again is an outcome that was told before.
    expect(await commitOutcome(target, outcome)).toBe('was-there');
  });

  it('goes into a bare repository too, beside what others push there', async () => {
    const bare = join(repository, 'bare.git');
    git('init', '--quiet', '--bare', '--initial-branch=main', bare);
    const configurationFile = gitConfigurationFile(join(harness.home, 'workspaces'));
    const target = {
      folder: bare,
      git: { searchPath: process.env['PATH'] ?? '', configurationFile, slots: createSlots(1) },
      isRoot: process.getuid?.() === 0,
    };
    const outcome = { path: '.audit/runs/x/main.json', document: { a: 1 }, subject: 'audit: x' };
    const other = { path: '.audit/runs/y/main.json', document: { a: 1 }, subject: 'audit: y' };

    expect(await commitOutcome(target, outcome)).toBe('committed');
    expect(await commitOutcome(target, outcome)).toBe('was-there');
    const clone = join(repository, 'clone');
    git('clone', '--quiet', bare, clone);
    writeFileSync(join(clone, 'notes.txt'), 'of a person');
    git('-C', clone, 'add', 'notes.txt');
    git('-C', clone, '-c', 'user.name=u', '-c', 'user.email=u@u', 'commit', '--quiet', '-m', 'n');
    git('-C', clone, 'push', '--quiet', 'origin', 'main');
    expect(await commitOutcome(target, other)).toBe('committed');
    expect(await commitOutcome(target, { ...outcome, document: { a: 2 } })).toBe('committed');

    expect(git('-C', bare, 'log', '--reverse', '--format=%s').split('\n')).toEqual([
      'audit: x',
      'n',
      'audit: y',
      'audit: x',
    ]);
    expect(git('-C', bare, 'ls-tree', '-r', '--name-only', 'main').split('\n')).toEqual([
      outcome.path,
      other.path,
      'notes.txt',
    ]);
    expect(git('-C', bare, 'show', `main:${outcome.path}`)).toBe('{"a":2}');
    const [first = '', ...more] = git('-C', bare, 'log', '--format=%H', '--', outcome.path)
      .split('\n')
      .toReversed();
    const previous = '--format=%(trailers:key=Audit-Previous,valueonly)';
    expect(git('-C', bare, 'log', '-1', previous, ...more)).toBe(first);
  });
});
