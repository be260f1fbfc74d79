import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { z } from 'zod';

import { treeName } from '../../../activities/workspace/make-workspace.ts';
import type { UndoAnswer } from '../../../domain/effects/undo.ts';
import { killAndReap, startDoomed } from '../../support/kill/kill-worker.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  makeProject,
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start } from '../../support/runs/running-runs.ts';
import { member, type Member } from '../../support/runs/team.ts';

let harness: RunHarness;
let worker: TestWorker;
let vera: Member;
let remotes: string;
let server: Server;
/** What the server was asked, oldest first. */
let asked: string[];
let things: Set<string>;

const write = (path: string, content: string) => calling(call('write_file', { path, content }));

const delivering = {
  name: 'delivering',
  schemaVersion: 1,
  mode: 'acceptEdits',
  rules: [
    { tool: 'git_push', commandAllow: ['git push origin topic'], verdict: 'allow' },
    { tool: 'http_request', verdict: 'allow' },
    { tool: 'shell', verdict: 'ask' },
  ],
  limits: { maxTurns: 50, timeoutSeconds: 600, maxCostMicroUsd: 5_000_000 },
};

beforeAll(async () => {
  asked = [];
  things = new Set();
  server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url} ${String(request.headers['idempotency-key'])}`);
    const isThere = things.has(url);
    if (method === 'PUT') things.add(url);
    if (method === 'DELETE') things.delete(url);
    response.writeHead(method === 'DELETE' && !isThere ? 404 : 200).end('so be it');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const request = (path: string, back?: string) =>
    call('http_request', {
      url: `http://127.0.0.1:${port}${path}`,
      method: 'PUT',
      ...(back === undefined
        ? {}
        : { undo: { url: `http://127.0.0.1:${port}${back}`, method: 'DELETE' } }),
    });
  remotes = makeProject({ readme: 'bare repositories\n' });
  await execa('chmod', ['755', remotes]);
  harness = await startRunHarness({
    settings: { allowedRepositories: [remotes] },
    allowedHosts: ['127.0.0.1'],
    policies: [delivering],
    scripts: [
      script('two', write('a.txt', 'one\n'), write('b/new.txt', 'new\n'), goodbye),
      script('over', write('a.txt', 'one\n'), write('a.txt', 'two\n'), goodbye),
      script('commands', calling(shell('echo x > x.txt')), goodbye),
      script('asks', write('a.txt', 'one\n'), calling(shell('npm install')), goodbye),
      script(
        'deliver',
        write('a.txt', 'one\n'),
        calling(call('git_branch', { name: 'topic', action: 'create' })),
        calling(call('git_commit', { message: 'work' })),
        calling(call('git_push', { branch: 'topic' })),
        goodbye,
      ),
      script('web', calling(request('/one', '/one'), request('/two')), goodbye),
      script('gone', calling(request('/three', '/elsewhere')), goodbye),
    ],
    workers: 0,
  });
  vera = await member(harness, 'vera', ['viewer']);
  worker = await harness.startWorker();
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    server.close();
    await vera.client.close();
    await harness.stop();
  }
});

const pinsSchema = z.object({ workspace: z.object({ id: z.string() }) });

async function copyOf(runId: string): Promise<string> {
  const { pins } = await harness.db
    .selectFrom('runs')
    .select('pins')
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  return join(harness.home, 'workspaces', pinsSchema.parse(pins).workspace.id, treeName);
}

const policy = 'trusted-mount-autonomous';

/** A run that is over, and its effects, oldest first. */
async function finished(name: string, request: object = {}) {
  const runId = await start(harness, name, { policy, ...request });
  expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  const effects = await harness.client.listEffects({ run: runId });
  return {
    runId,
    ids: effects.toReversed().map(({ callId }) => callId),
    files: await copyOf(runId),
  };
}

async function undo(callId = ''): Promise<string> {
  return harness.client.undoEffect(await harness.client.previewUndo(callId));
}

const git = async (folder: string, ...args: readonly string[]) =>
  (
    await execa(
      'git',
      ['-c', 'safe.directory=*', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args],
      { cwd: folder },
    )
  ).stdout;

async function delivered(name: string) {
  const project = harness.makeProject({ 'a.txt': 'zero\n' });
  await git(project, 'init', '-q', '-b', 'main');
  await git(project, 'add', '-A');
  await git(project, 'commit', '-qm', 'first');
  const bare = join(remotes, `${name}.git`);
  await git(project, 'clone', '-q', '--bare', project, bare);
  await execa('chmod', ['-R', 'a+rwX', bare]);
  await git(project, 'remote', 'add', 'origin', bare);
  const request = { workspace: project, policy: 'delivering', networkAllowed: true };
  return { ...(await finished('deliver', request)), bare };
}

const branches = async (folder: string): Promise<string> =>
  git(folder, 'for-each-ref', '--format=%(refname:short)', 'refs/heads');

describe('an effect is taken back', () => {
  it('as it was shown: a file gets its bytes back, a new one goes, and the ledger tells of it', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'zero\r\n' });
    const { runId, ids, files } = await finished('two', { workspace });
    const [edited = '', made = ''] = ids;

    const shown = await harness.client.previewUndo(edited);
    expect(readFileSync(join(files, 'a.txt'), 'utf8')).toBe('one\n');
    await harness.client.undoEffect(shown);
    await undo(made);

    expect(shown).toMatchObject({ callId: edited, tool: 'write_file' });
    expect(shown.detail).toContain('-one\n+zero');
    expect(readFileSync(join(files, 'a.txt'), 'utf8')).toBe('zero\r\n');
    expect(existsSync(join(files, 'b/new.txt'))).toBe(false);
    expect(await harness.client.getEffect(edited)).toMatchObject({
      state: 'committed',
      undo: 'committed',
    });
    expect(await harness.client.getEffect(`${edited}/undo`)).toMatchObject({
      state: 'committed',
      undoes: edited,
    });
    const told = (await eventsOf(harness, runId)).filter(({ data }) => data['undoes'] === edited);
    expect(told.map(({ type, data }) => `${type} by ${String(data['by'])}`)).toEqual([
      'effect.intent by tester',
      'effect.committed by tester',
    ]);
    const outbox = await harness.db
      .selectFrom('outbox')
      .select(['kind', 'actor'])
      .where('run_id', '=', runId)
      .where('subject', '=', `write_file ${edited}/undo`)
      .execute();
    expect(outbox).toEqual([
      { kind: 'effect.intent', actor: 'tester' },
      { kind: 'effect.committed', actor: 'tester' },
    ]);
    await expect(harness.client.previewUndo(edited)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('by git: the branch there goes, then the commit, then the branch here', async () => {
    const { ids, files, bare } = await delivered('back');
    const [, branch, commit, push] = ids;

    expect(await branches(bare)).toBe('main\ntopic');
    await undo(push);
    expect(await branches(bare)).toBe('main');
    await undo(commit);
    expect(await git(files, 'log', '--format=%s', 'topic')).toBe('first');
    expect(readFileSync(join(files, 'a.txt'), 'utf8')).toBe('one\n');
    await undo(branch);

    expect(await git(files, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(await branches(files)).toBe('main');
    expect(await git(files, 'status', '--porcelain')).toBe('M  a.txt');
  });

  it('by the request that the call declared, under a key of its own', async () => {
    const { ids } = await finished('web', { policy: 'delivering', networkAllowed: true });
    const [declared, plain] = ids;
    expect([...things].toSorted()).toEqual(['/one', '/two']);

    await undo(declared);

    expect([...things]).toEqual(['/two']);
    const keys = asked.map((line) => line.split(' ')[2]);
    expect(new Set(keys).size).toBe(keys.length);
    await expect(undo(plain)).rejects.toMatchObject({ code: 'compensation_failed' });
  });

  it('once when two people order it at the same time', async () => {
    const { runId, ids, bare } = await delivered('twice');
    const shown = await harness.client.previewUndo(ids[3] ?? '');

    const ends = await Promise.allSettled([
      harness.client.undoEffect(shown),
      harness.client.undoEffect(shown),
    ]);

    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({
      code: 'conflict',
    });
    expect(await branches(bare)).toBe('main');
    const undone = (await harness.client.listEffects({ run: runId })).filter(({ callId }) =>
      callId.endsWith('/undo'),
    );
    expect(undone).toHaveLength(1);
  });

  it.each(['after-act', 'after-outcome'])('once when its worker is killed %s', async (phase) => {
    const { ids, files, bare } = await delivered(`killed-${phase}`);
    const shown = await harness.client.previewUndo(ids[3] ?? '');
    await killAndReap(worker);
    const doomed = await startDoomed(harness, { phase, nth: 1 });
    doomed.arm();

    const ordered = harness.client.undoEffect(shown);
    await pollFor('the worker stops itself', () => doomed.isStopped() || undefined);
    await killAndReap(doomed.worker);
    worker = await harness.startWorker();
    await harness.recoverFrom(doomed.worker);

    await ordered;
    expect(await branches(bare)).toBe('main');
    expect(existsSync(files)).toBe(true);
  });
});

describe('an effect is not taken back', () => {
  it('when the state is not what it left, and nothing is done', async () => {
    const workspace = harness.makeProject({ 'a.txt': 'zero\n' });
    const { ids, files } = await finished('over', { workspace });

    await expect(undo(ids[0])).rejects.toMatchObject({ code: 'conflict' });
    await undo(ids[1]);

    expect(readFileSync(join(files, 'a.txt'), 'utf8')).toBe('one\n');
    await undo(ids[0]);
    expect(readFileSync(join(files, 'a.txt'), 'utf8')).toBe('zero\n');
  });

  it('when it would be something else than what was shown', async () => {
    const { ids, bare, files } = await delivered('moved');
    const shown = await harness.client.previewUndo(ids[3] ?? '');
    const main = await git(bare, 'rev-parse', 'main');

    const other = harness.client.undoEffect({ ...shown, digest: `${shown.digest.slice(1)}A` });
    await expect(other).rejects.toMatchObject({ code: 'digest_mismatch' });
    await git(bare, 'update-ref', 'refs/heads/topic', main);
    await expect(harness.client.undoEffect(shown)).rejects.toMatchObject({ code: 'conflict' });

    expect(await git(bare, 'rev-parse', 'topic')).toBe(main);
    expect(existsSync(files)).toBe(true);
    expect((await harness.client.getEffect(ids[3] ?? '')).undo).toBeNull();
  });

  it('when the server says that there is nothing to take back', async () => {
    const { ids } = await finished('gone', { policy: 'delivering', networkAllowed: true });

    await expect(undo(ids[0])).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('404'),
    });
    expect((await harness.client.getEffect(ids[0] ?? '')).undo).toBeNull();
  });

  it('by a tool without an undo, which says what to do by hand', async () => {
    const { ids } = await finished('commands');

    await expect(undo(ids[0])).rejects.toMatchObject({
      code: 'compensation_failed',
      suggestion: expect.stringContaining('runs restore'),
    });
  });

  it('while nobody knows whether it happened, or its run is at work', async () => {
    const { ids } = await finished('two');
    await harness.db
      .updateTable('effects')
      .set({ state: 'unknown' })
      .where('call_id', '=', ids[0] ?? '')
      .execute();
    const runId = await start(harness, 'asks', { policy: 'delivering' });
    await openApproval(harness, runId);
    const [waiting] = await harness.client.listEffects({ run: runId });

    await expect(undo(ids[0])).rejects.toMatchObject({ code: 'effect_unknown' });
    await expect(undo(waiting?.callId)).rejects.toMatchObject({ code: 'conflict' });
    await harness.client.pauseRun(runId, 'to take back');
    await undo(waiting?.callId);

    expect(existsSync(join(await copyOf(runId), 'a.txt'))).toBe(false);
    await harness.client.cancelRun(runId, 'over');
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'cancelled' });
  });

  it('without the role, without a signature, or as something that was never an order', async () => {
    const { ids, files } = await finished('two');
    const callId = ids[1] ?? '';
    const shown = await vera.client.previewUndo(callId);
    const raw = async (input: unknown): Promise<UndoAnswer> =>
      harness.temporal.workflow.execute('undoWorkflow', {
        workflowId: `undo/raw/${Math.random()}`,
        taskQueue: 'holdfast',
        args: [input],
      });
    const order = { action: 'perform', tenant: 'default', callId, digest: shown.digest };

    await expect(vera.client.undoEffect(shown)).rejects.toMatchObject({
      code: 'permission_denied',
    });
    const unsigned = await raw({ ...order, decisionId: 'd', by: 'tester' });
    const badly = await Promise.all([raw(null), raw({ action: 'perform' }), raw('undo')]);

    expect(unsigned).toMatchObject({ type: 'refused', code: 'permission_denied' });
    expect(badly.map((answer) => ('code' in answer ? answer.code : answer.type))).toEqual([
      'invalid_argument',
      'invalid_argument',
      'invalid_argument',
    ]);
    expect(existsSync(join(files, 'b/new.txt'))).toBe(true);
    const refused = await harness.db
      .selectFrom('tenant_events')
      .select('actor')
      .where('type', '=', 'permission.refused')
      .execute();
    expect(refused.map(({ actor }) => actor)).toEqual(['vera', 'unauthenticated']);
  });
});

describe('what was taken back', () => {
  it('names nobody who was erased, and cannot be done when its run was', async () => {
    const { runId, ids } = await finished('two');
    const olga = await member(harness, 'olga', ['operator']);
    await olga.client.undoEffect(await olga.client.previewUndo(ids[1] ?? ''));
    await olga.client.close();
    const before = async () =>
      JSON.stringify((await harness.client.getEffect(`${ids[1]}/undo`)).before);
    expect(await before()).toContain('olga');

    await harness.client.data.erase({ subject: { kind: 'person', name: 'olga' }, isDryRun: false });
    expect(await before()).not.toContain('olga');
    await harness.client.data.erase({ subject: { kind: 'run', name: runId }, isDryRun: false });

    await expect(harness.client.previewUndo(ids[0] ?? '')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('taking an effect back whose end nobody saw', () => {
  it('is settled by a person, and can be tried again when it did not happen', async () => {
    const { ids, files } = await finished('two');
    const callId = ids[1] ?? '';
    const shown = await harness.client.previewUndo(callId);
    await killAndReap(worker);
    const doomed = await startDoomed(harness, { phase: 'after-intent', nth: 1 });
    doomed.arm();
    const ordered = harness.client.undoEffect(shown).catch((error: unknown) => error);
    await pollFor('the worker stops itself', () => doomed.isStopped() || undefined);
    writeFileSync(join(files, 'b/new.txt'), 'somebody else\n');
    await killAndReap(doomed.worker);
    worker = await harness.startWorker();
    await harness.recoverFrom(doomed.worker);

    expect(await ordered).toMatchObject({ code: 'effect_unknown' });
    await expect(undo(callId)).rejects.toMatchObject({ code: 'effect_unknown' });
    writeFileSync(join(files, 'b/new.txt'), 'new\n');
    const settle = { effect: `${callId}/undo`, reason: 'I looked' };
    await harness.client.settleEffect({ ...settle, settlement: 'did-not-happen' });
    await undo(callId);

    expect(existsSync(join(files, 'b/new.txt'))).toBe(false);
    await expect(
      harness.client.settleEffect({ ...settle, settlement: 'happened' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });
});
