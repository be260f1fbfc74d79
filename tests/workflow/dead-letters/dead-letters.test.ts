import { mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { workspaceIdOf } from '../../../activities/workspace/make-workspace.ts';
import type { LetterView } from '../../../clients/dead-letter-client.ts';
import { pollFor } from '../../support/poll.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, finishing, goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start, whenRun } from '../../support/runs/running-runs.ts';

let harness: RunHarness;
/** A server whose pages answer 503 until they are mended. */
let web: Server;
let host: string;
let worker: TestWorker;
const mended = new Set<string>();
const seen: (readonly [method: string, path: string, atMs: number])[] = [];
/** Each costs a start of a worker. */
const deaths = process.env['FAULTS'] === 'long' ? 10 : 2;
/** Nothing listens there until a test does. */
let closedPort: number;
/** Runs that wait a while, and so begin together, by the name of their script. */
const runs = new Map<string, string>();

async function portOf(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (server.address() as AddressInfo).port;
}

const answering = (): Server =>
  createServer((request, response) => {
    const path = request.url ?? '';
    seen.push([request.method ?? '', path, Date.now()]);
    const isWell = request.method !== 'GET' || mended.has(path);
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'text/plain', connection: 'close' });
    response.end(isWell ? 'well' : 'not now');
  });

beforeAll(async () => {
  web = answering();
  host = `127.0.0.1:${await portOf(web)}`;
  const unused = answering();
  closedPort = await portOf(unused);
  await new Promise((resolve) => unused.close(resolve));
  const get = (path: string) =>
    calling(
      call('http_fetch', {
        url: `http://${host}${path}`,
        headers: { authorization: 'Basic open-sesame' },
      }),
    );
  const post = calling(
    call('http_request', {
      url: `http://127.0.0.1:${closedPort}/order`,
      method: 'POST',
      body: `${'x'.repeat(3_000)} sk-verysecretkey12345`,
    }),
  );
  harness = await startRunHarness({
    workers: 0,
    allowedHosts: [host, `127.0.0.1:${closedPort}`],
    scripts: [
      script('get-a', get('/a'), goodbye),
      script('get-b', get('/b'), goodbye),
      script('get-c', get('/c'), goodbye),
      script('post', post, goodbye),
      script('broken', {
        ...finishing('done'),
        faults: [{ type: 'status', status: 400, headers: {}, times: 1 }],
      }),
      script(
        'huge',
        calling(call('write_file', { path: 'a', content: 'x'.repeat(3_000_000) })),
        goodbye,
      ),
      script('twice-503', { ...finishing('done'), faults: [status(503, 2)] }),
      script('limited', {
        ...finishing('done'),
        faults: [status(429, 1, { 'retry-after': '7' })],
      }),
      script('stalled', { ...finishing('done'), faults: [{ type: 'stall', times: deaths }] }),
      script('asking', calling(call('ask_person', { question: 'which?' })), goodbye),
    ],
  });
  worker = await harness.startWorker();
  await startAll();
});

const status = (code: number, times: number, headers: Record<string, string> = {}) => ({
  type: 'status' as const,
  status: code,
  headers,
  times,
});

/** Starts what takes long, and lets the call that has to be approved be made. */
async function startAll(): Promise<void> {
  const online = { policy: 'trusted-mount-autonomous', networkAllowed: true };
  const research = { specialist: 'research' };
  const names = [
    ['get-a', online],
    ['get-b', online],
    ['get-c', online],
    ['post', { ...online, policy: 'headless-safe-sandbox' }],
    ['twice-503', research],
    ['limited', research],
  ] as const;
  for (const [name, request] of names) runs.set(name, await start(harness, name, request));
  const { approvalId } = await openApproval(harness, run('post'));
  await harness.client.decide({ approval: approvalId, decision: 'approve' });
}

function run(name: string): string {
  return runs.get(name) ?? '';
}

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    web.close();
    await harness.stop();
  }
});

async function letterOf(runId: string): Promise<LetterView> {
  return pollFor(`a letter of ${runId}`, async () => {
    const { items } = await harness.client.deadLetters.list({ limit: 100 });
    return items.find((item) => item.runId === runId);
  });
}

async function turnOf(runId: string) {
  const row = await harness.db
    .selectFrom('turns')
    .select(['attempts', 'faults'])
    .where('turn_id', '=', `${runId}/main/t1`)
    .executeTakeFirst();
  return row ?? { attempts: 0, faults: null };
}

async function faultsOf(runId: string): Promise<unknown> {
  return (await turnOf(runId)).faults;
}

const stalledRequests = (): number =>
  harness.rehearsal.requests.filter(({ body }) => JSON.stringify(body).includes('stalled]')).length;

const timesOf = (path: string): readonly number[] =>
  seen.filter((each) => each[1] === path).map(([, , atMs]) => atMs);

describe('a turn that no model answers', () => {
  it('becomes a letter whose replay resumes the run', async () => {
    const runId = await start(harness, 'broken', { specialist: 'research' });
    await whenRun(harness, runId, ({ pause }) => pause === 'model_unavailable');
    const letter = await letterOf(runId);
    expect(letter).toMatchObject({
      kind: 'model',
      toolName: 'model',
      stepId: `${runId}/main/t1`,
      error: { code: 'model_unavailable', message: expect.stringContaining('scripted') },
    });

    expect(await harness.client.deadLetters.replay(letter.letterId)).toMatchObject({
      type: 'resumed',
      runId,
    });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect(await harness.client.deadLetters.show(letter.letterId)).toMatchObject({
      state: 'closed',
      replayRun: runId,
    });
  });
});

describe('what can never work', () => {
  it('as a message that does not fit its schema, becomes a letter at once', async () => {
    const runId = await start(harness, 'asking');
    const { approvalId } = await openApproval(harness, runId);
    await harness.temporal.workflow.getHandle(runId).signal('approve', { approvalId: 7 });
    await harness.client.decide({ approval: approvalId, decision: 'approve', answer: 'this' });
    await harness.client.waitForRun(runId);
    const letter = await letterOf(runId);

    expect(letter).toMatchObject({ kind: 'message', toolName: 'approve', retryCount: 0 });
    expect(letter.stepId).toMatch(/#\d+$/);
    await expect(harness.client.deadLetters.replay(letter.letterId)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('as arguments of 3 MB, is an answer to the model at the first attempt', async () => {
    const runId = await start(harness, 'huge', { policy: 'trusted-mount-autonomous' });
    await harness.client.waitForRun(runId);

    const errors = (await eventsOf(harness, runId)).filter(({ type }) => type === 'tool.error');
    expect(errors.map(({ data }) => data['code'])).toEqual(['payload_too_large']);
    const { items } = await harness.client.deadLetters.list({ limit: 100 });
    expect(items.filter((item) => item.runId === runId)).toEqual([]);
  });
});

describe('a call that fails for a reason that may pass', () => {
  it('is tried three times more, with longer and longer waits, and becomes a letter without secrets', async () => {
    const runId = run('get-a');
    await harness.client.waitForRun(runId);
    const letter = await letterOf(runId);

    expect(letter).toMatchObject({
      kind: 'tool',
      toolName: 'http_fetch',
      state: 'open',
      retryCount: 3,
      stepId: `${runId}/main/t1/c0`,
      args: { url: `http://${host}/a`, headers: { authorization: '<<REDACTED>>' } },
      error: { code: 'execution_error', message: expect.stringContaining('503') },
      argsBlob: null,
      replayRun: null,
    });
    const times = timesOf('/a');
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(waits).toHaveLength(3);
    // 2, 4 and 8 s, a fifth more or less.
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(2_000 * 2 ** index * 0.8 - 20);
      expect(wait).toBeLessThanOrEqual(2_000 * 2 ** index * 1.2 + 1_000);
    }
    const error = (await eventsOf(harness, runId)).find(({ type }) => type === 'tool.error');
    expect(error?.data).toMatchObject({ retries: 3 });
    // It takes as long again, and is looked at below.
    const again = { run: runId, turn: 0, original: 'keep' } as const;
    runs.set('forked', (await harness.client.timeTravel.forkRun(again)).runId);
  });

  it('succeeds once when it is replayed after the cause is gone, and the letter is closed', async () => {
    const runId = run('get-b');
    await harness.client.waitForRun(runId);
    const { letterId } = await letterOf(runId);
    mended.add('/b');
    const before = timesOf('/b').length;

    // Two who replay at once are one.
    const [first, second] = await Promise.all([
      harness.client.deadLetters.replay(letterId),
      harness.client.deadLetters.replay(letterId),
    ]);
    const result = await harness.client.waitForRun(first.runId);

    expect(second.runId).toBe(first.runId);
    expect(first).toMatchObject({ type: 'started', runKey: `letter-${letterId}-1` });
    expect(result).toMatchObject({ status: 'completed', stopReason: 'finished', tokensIn: 0 });
    expect(result.payload.summary).toContain(`GET http://${host}/b`);
    expect(timesOf('/b')).toHaveLength(before + 1);
    expect(await harness.client.deadLetters.show(letterId)).toMatchObject({
      state: 'closed',
      replayRun: first.runId,
      replays: 1,
    });
    await expect(harness.client.deadLetters.replay(letterId)).rejects.toMatchObject({
      code: 'conflict',
    });
    // A start that names the letter itself gets nothing either.
    const raw = await harness.client.startRun({ request: { prompt: 'x', replays: letterId } });
    await expect(harness.client.waitForRun(raw.runId)).rejects.toMatchObject({ code: 'conflict' });
    expect(timesOf('/b')).toHaveLength(before + 1);
  });

  it('asks again for its approval, and stays a letter when that is refused', async () => {
    const runId = run('post');
    await harness.client.waitForRun(runId);
    const letter = await letterOf(runId);
    expect(letter).toMatchObject({ args: null, argsBlob: expect.any(String), retryCount: 3 });
    const shown = await harness.client.deadLetters.show(letter.letterId.slice(0, 6));
    expect(shown.argsText).toContain('xxx <<REDACTED>>');

    const refused = await harness.client.deadLetters.replay(letter.letterId);
    const again = await openApproval(harness, refused.runId);
    await harness.client.decide({ approval: again.approvalId, decision: 'reject', reason: 'no' });
    expect(await harness.client.waitForRun(refused.runId)).toMatchObject({
      status: 'failed',
      stopReason: 'policy',
    });
    expect(await harness.client.deadLetters.show(letter.letterId)).toMatchObject({ state: 'open' });

    const late = answering();
    await portOf(late, closedPort);
    const allowed = await harness.client.deadLetters.replay(letter.letterId);
    const third = await openApproval(harness, allowed.runId);
    expect(await harness.client.deadLetters.replay(letter.letterId)).toMatchObject({
      type: 'going-on',
      runId: allowed.runId,
    });
    await harness.client.decide({ approval: third.approvalId, decision: 'approve' });
    await harness.client.waitForRun(allowed.runId);
    late.close();

    expect(seen.filter(([method, path]) => method === 'POST' && path === '/order')).toHaveLength(1);
    expect(await harness.client.listEffects({ run: allowed.runId })).toMatchObject([
      { callId: `${allowed.runId}/main/t1/c0`, state: 'committed' },
    ]);
    expect(await harness.client.listEffects({ run: runId })).toMatchObject([{ state: 'failed' }]);
    expect(await harness.client.deadLetters.show(letter.letterId)).toMatchObject({
      state: 'closed',
      replays: 2,
    });
  });

  it('of a fork is replayed alone, without what the fork goes on with', async () => {
    const runId = run('forked');
    await harness.client.waitForRun(runId);
    const { letterId } = await letterOf(runId);
    mended.add('/a');
    const before = timesOf('/a').length;

    const replay = await harness.client.deadLetters.replay(letterId);
    const result = await harness.client.waitForRun(replay.runId);

    expect(result).toMatchObject({ status: 'completed', stopReason: 'finished', tokensIn: 0 });
    expect(timesOf('/a')).toHaveLength(before + 1);
    expect(await harness.client.deadLetters.show(letterId)).toMatchObject({ state: 'closed' });
  });

  it('is not replayed by a run that goes on behind a turn of another one', async () => {
    await harness.client.waitForRun(run('get-c'));
    const { letterId } = await letterOf(run('get-c'));
    const fork = { runId: run('get-c'), turn: 0 };
    const started = async () => {
      const request = { prompt: 'x', replays: letterId, fork };
      const { runId } = await harness.client.startRun({ request });
      return harness.client.waitForRun(runId);
    };

    await expect(started()).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('a start that is refused behind its workspace', () => {
  it('leaves none, but for one that was there before', async () => {
    await harness.client.waitForRun(run('get-c'));
    const { letterId } = await letterOf(run('get-c'));
    // Without network the call cannot be prepared.
    const request = { prompt: 'x', replays: letterId };
    const workspaces = join(harness.home, 'workspaces');
    // As it is when the database was put back to a time before the run.
    const before = workspaceIdOf('run/default/refused-before');
    mkdirSync(join(workspaces, before, 'tree'), { recursive: true, mode: 0o755 });

    for (const key of ['refused-late', 'refused-before']) {
      const { runId } = await harness.client.startRun({ request, key });
      await expect(harness.client.waitForRun(runId)).rejects.toMatchObject({
        code: 'invalid_argument',
      });
    }

    const names = readdirSync(workspaces);
    expect(names.filter((name) => name.includes('refused'))).toEqual([before]);
    expect(names).toContainEqual(expect.stringMatching(/^letter-/));
  });
});

describe('letters', () => {
  it('are listed by tool in pages, and purged by age but for those that are replayed', async () => {
    await harness.client.waitForRun(run('get-c'));
    const { letterId } = await letterOf(run('get-c'));
    const page = await harness.client.deadLetters.list({ tool: 'http_fetch', limit: 1 });
    const next = await harness.client.deadLetters.list({ tool: 'http_fetch', limit: 1, offset: 1 });
    expect(page).toMatchObject({ total: 4, limit: 1, offset: 0 });
    expect(next.items[0]?.letterId).not.toBe(page.items[0]?.letterId);
    expect(page.items[0]?.relatedCases.length).toBeGreaterThan(0);

    await harness.db
      .updateTable('dead_letters')
      .set({ created_at: new Date(Date.now() - 31 * 86_400_000) })
      .where('letter_id', '=', letterId)
      .execute();
    const left = (await harness.client.deadLetters.list({ limit: 100 })).total;
    const old = { olderThanSeconds: 30 * 86_400, isDryRun: false };
    expect(await harness.client.deadLetters.purge({ ...old, isDryRun: true })).toBe(1);
    expect((await harness.client.deadLetters.list({ limit: 100 })).total).toBe(left);
    expect(await harness.client.deadLetters.purge(old)).toBe(1);
    await expect(harness.client.deadLetters.show(letterId)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await harness.client.deadLetters.list({ limit: 100 })).total).toBe(left - 1);
  });
});

describe('a model call', () => {
  it('that is answered with 503 twice succeeds with the third attempt, and there is one result', async () => {
    await harness.client.waitForRun(run('twice-503'));

    const types = (await eventsOf(harness, run('twice-503'))).map(({ type }) => type);
    expect(types.filter((type) => type === 'model.failed')).toHaveLength(2);
    expect(types.filter((type) => type === 'model.call')).toHaveLength(1);
  });

  it('waits as long as the provider says, and does not count that as a fault', async () => {
    await harness.client.waitForRun(run('limited'));

    const rows = await harness.db
      .selectFrom('events')
      .select(['type', 'at'])
      .where('run_id', '=', run('limited'))
      .where('type', 'in', ['model.failed', 'model.call'])
      .orderBy('seq')
      .execute();
    const [failed, answered] = rows;
    expect(rows.map(({ type }) => type)).toEqual(['model.failed', 'model.call']);
    expect(answered?.at.getTime()).toBeGreaterThanOrEqual((failed?.at.getTime() ?? 0) + 7_000);
    expect(await faultsOf(run('limited'))).toMatchObject({ transientFaults: 0, rateLimits: 1 });
  });

  it('that loses its worker again and again ends, and no fault of the model is counted', async () => {
    const runId = await start(harness, 'stalled', { specialist: 'research' });
    for (let death = 1; death <= deaths; death += 1) {
      await pollFor('the model is asked', async () => {
        const { attempts } = await turnOf(runId);
        return attempts === death && stalledRequests() === death ? true : undefined;
      });
      worker.kill('SIGKILL');
      await worker.exited;
      const dead = worker;
      worker = await harness.startWorker();
      await harness.recoverFrom(dead);
    }

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect(await turnOf(runId)).toEqual({ attempts: deaths + 1, faults: null });
  });
});
