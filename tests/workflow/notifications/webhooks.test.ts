import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pollFor } from '../../support/poll.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import { openApproval, start, whenRun } from '../../support/runs/running-runs.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const secret = 'a-secret-of-the-test';
const canary = 'hunter2-canary';
const received: Received[] = [];
/** How many more requests a path refuses. */
const refusing = new Map<string, number>();

let harness: RunHarness;
let receiver: Server;

beforeAll(async () => {
  process.env['HOLDFAST_TEST_WEBHOOK_SECRET'] = secret;
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ path, headers: request.headers, text: Buffer.concat(parts).toString() });
      const left = refusing.get(path) ?? 0;
      refusing.set(path, left - 1);
      response.writeHead(left > 0 ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const webhook = (name: string, more: object = {}) => ({
    name,
    kind: 'webhook',
    url: `http://127.0.0.1:${port}/${name}`,
    secret: { env: 'HOLDFAST_TEST_WEBHOOK_SECRET' },
    allowPrivate: true,
    ...more,
  });
  harness = await startRunHarness({
    settings: {
      notifications: [
        webhook('ops'),
        webhook('paused', { events: ['run.paused'] }),
        webhook('down', { url: 'http://127.0.0.1:9/', events: ['approval.opened'] }),
        webhook('inside', { allowPrivate: false, events: ['approval.opened'] }),
        {
          name: 'chat',
          kind: 'slack',
          url: `http://127.0.0.1:${port}/chat`,
          allowPrivate: true,
        },
      ],
    },
    scripts: [script('one', calling(shell(`printf ${canary} > made.txt`)), goodbye)],
  });
});

afterAll(async () => {
  await harness.stop();
  receiver.close();
});

async function arrived(path: string, fits: (text: string) => boolean): Promise<Received> {
  return pollFor(`${path} gets it`, () =>
    received.find((one) => one.path === path && fits(one.text)),
  );
}

function asObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

describe('a notification', () => {
  it('tells that an approval waits and how to answer it, signed, without what it is about', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);

    const { headers, text } = await arrived('/ops', (body) => body.includes(approvalId));

    const typed = approvalId.replace('run/default/', '');
    expect(asObject(text)).toMatchObject({
      schemaVersion: 1,
      id: `${approvalId}#0`,
      event: 'approval.opened',
      kind: 'tool_call',
      tool: 'shell',
      risk: 'change',
      requestedBy: 'tester',
      answer: [`holdfast approve ${typed}`, `holdfast reject ${typed} "why not"`],
    });
    const timestamp = String(headers['holdfast-timestamp']);
    const expected = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
    expect(headers['holdfast-signature']).toBe(`v1=${expected}`);
    expect(Math.abs(Date.now() / 1_000 - Number(timestamp))).toBeLessThan(60);
    expect(headers['holdfast-event-id']).toBe(`${approvalId}#0`);

    const chat = await arrived('/chat', (body) => body.includes(typed));
    expect(asObject(chat.text)['text']).toContain(`holdfast approve ${typed}`);
    expect(chat.headers['holdfast-signature']).toBeUndefined();
    expect(received.map((one) => one.text).join('\n')).not.toContain(canary);

    await harness.client.pauseRun(runId, 'lunch with a canary');
    const pause = await arrived('/paused', (body) => body.includes('run.paused'));
    expect(asObject(pause.text)).toMatchObject({ kind: 'pause', why: 'person' });
    expect(received.filter(({ path }) => path === '/paused')).toHaveLength(1);
    await harness.client.resumeRun(runId, undefined);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
  });

  it('comes again with the same id until it is taken, and once then', async () => {
    refusing.set('/ops', 2);
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const attempts = () =>
      received.filter(({ path, text }) => path === '/ops' && text.includes(approvalId));

    await pollFor('it was delivered', async () => {
      const row = await harness.db
        .selectFrom('notifications')
        .select(['state', 'attempts'])
        .where('event_id', '=', `${approvalId}#0`)
        .where('destination', '=', 'ops')
        .executeTakeFirst();
      return row?.state === 'delivered' && row.attempts === 3 ? true : undefined;
    });

    expect(attempts()).toHaveLength(3);
    expect(new Set(attempts().map(({ headers }) => headers['holdfast-event-id'])).size).toBe(1);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
  });

  it('that cannot be delivered blocks nothing, and is kept with the reason', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });

    const dead = await pollFor(
      'all attempts failed',
      async () => {
        const all = await harness.client.undelivered();
        const own = all.filter(({ id }) => id === `${approvalId}#0`);
        return own.length === 2 ? own : undefined;
      },
      40_000,
    );

    const byName = new Map(dead.map((one) => [one.destination, one]));
    expect(byName.get('down')).toMatchObject({
      attempts: 4,
      error: expect.stringContaining('ECONNREFUSED'),
    });
    expect(byName.get('inside')).toMatchObject({
      error: expect.stringContaining('private address'),
    });
    expect(received.some(({ path }) => path === '/inside')).toBe(false);
    expect(await harness.client.redeliver()).toBeGreaterThanOrEqual(2);
  });
});

describe('a run without anybody to tell', () => {
  it('writes no notifications', async () => {
    const quiet = await startRunHarness({
      scripts: [script('one', calling(shell('printf made > made.txt')), goodbye)],
    });
    try {
      const runId = await start(quiet, 'one');
      await openApproval(quiet, runId);
      await whenRun(quiet, runId, ({ status }) => status === 'awaiting_approval');

      expect(await quiet.db.selectFrom('notifications').selectAll().execute()).toEqual([]);
    } finally {
      await quiet.stop();
    }
  });
});
