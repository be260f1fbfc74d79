import { once } from 'node:events';
import { createServer } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { drawItem } from '../../../clients/cli/live/drawing/draw-item.ts';
import { startView, type LiveLayout } from '../../../clients/cli/live/live-view.ts';
import { createStyles } from '../../../clients/cli/output/styles.ts';
import type { WatchedItem } from '../../../clients/runs-client.ts';
import { startRunInstance, type RunInstance } from '../../support/instance/run-instance.ts';
import { watchLines } from '../../support/instance/watch-lines.ts';
import { pollFor } from '../../support/poll.ts';
import { conversation } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';

/** Every word is there once, so that one too many or too few is seen. */
const story = Array.from({ length: 120 }, (_, index) => `word${index}`).join(' ');
/** It takes about three seconds to say the story. */
const tokenDelayMs = 25;

/** Takes every order and never says so. */
const shop = createServer((request) => void orders.push(request.url ?? ''));
const orders: string[] = [];
let instance: RunInstance;

const order = (name: string) =>
  script(
    name,
    calling(call('http_request', { method: 'POST', url: `${shopUrl()}/${name}`, body: '{}' })),
    goodbye,
  );

function shopUrl(): string {
  const address = shop.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

beforeAll(async () => {
  await once(shop.listen(0, '127.0.0.1'), 'listening');
  instance = await startRunInstance(
    [
      script('story', {
        reply: { text: story, toolCalls: [call('finish', { summary: 'told' })] },
      }),
      order('arrived'),
      order('lost'),
    ],
    { tokenDelayMs, settings: { allowedHosts: [new URL(shopUrl()).host] } },
  );
});

afterAll(async () => {
  await instance.stop();
  shop.closeAllConnections();
  shop.close();
});

const startedSchema = z.object({ key: z.string() });

async function startRun(name: string, ...more: readonly string[]): Promise<string> {
  const { document } = await instance.json(
    'run',
    `do it ${conversation(name)}`,
    '--no-workspace',
    '--no-watch',
    ...more,
  );
  return startedSchema.parse(document).key;
}

/** Kills the worker of the instance for good. Returns its process. */
function killWorker(): number {
  const pid = instance.record().parts.worker?.process?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** The words of each attempt, in the order in which the attempts began. */
function spoken(items: readonly WatchedItem[]): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const item of items) {
    if (item.type !== 'delta') continue;
    texts.set(item.attempt, (texts.get(item.attempt) ?? '') + item.text);
  }
  return texts;
}

/** What a terminal shows of the items. */
function drawn(items: readonly WatchedItem[]): string {
  const layout: LiveLayout = {
    styles: createStyles(false),
    width: 80,
    runKey: 'k',
    isStreaming: true,
    diffOf: () => undefined,
  };
  let view = startView;
  let text = '';
  for (const item of items) {
    const next = drawItem(view, item, layout);
    view = next.view;
    for (const chunk of next.chunks) {
      text += chunk.type === 'line' ? `\n${chunk.text}\n` : chunk.text;
    }
  }
  return text;
}

describe('who watches while the worker is killed in the middle of an answer', () => {
  it('sees the words so far, that the answer begins anew, and every word of the new one once', async () => {
    const key = await startRun('story', '--specialist', 'research');
    const first = watchLines(['runs', 'watch', key, '--json'], instance.variables);
    await pollFor('the answer has begun', async () =>
      [...spoken(first.items).values()].some((text) => text.includes('word9 ')) ? true : undefined,
    );
    // Who comes later is told the words from their beginning.
    const second = watchLines(['runs', 'watch', key, '--json'], instance.variables);
    await pollFor('the second one sees it', async () =>
      spoken(second.items).size === 1 ? true : undefined,
    );

    const killed = killWorker();
    const codes = await Promise.all([first.ended, second.ended]);

    expect(codes).toEqual([0, 0]);
    expect(instance.record().parts.worker?.process?.pid).not.toBe(killed);
    for (const { items } of [first, second]) {
      const [dead = '', live = '', ...more] = spoken(items).values();
      expect(more).toEqual([]);
      expect(story.startsWith(dead) && dead.length < story.length).toBe(true);
      // The last words may come with the answer only.
      expect(story.startsWith(live) && live.length > dead.length).toBe(true);
      const attempts = items.flatMap((item) => (item.type === 'delta' ? [item.attempt] : []));
      expect(attempts).toEqual(attempts.toSorted((a, b) => a - b));
      const answers = items.filter((item) => item.type === 'event' && item.event === 'model.call');
      expect(answers).toMatchObject([{ data: { text: story } }]);
      const [before = '', after = '', ...rest] = drawn(items).split('(begins anew)');
      expect(rest).toEqual([]);
      expect(before).toContain('word9');
      expect(after.match(/word\d+/g)).toEqual(story.split(' '));
    }
  });
});

const effectsSchema = z.object({
  effects: z.array(z.object({ callId: z.string(), state: z.string() })),
});

describe('effects whose end nobody saw', () => {
  it('are settled by command, each as a person found it, and their runs go on', async () => {
    const keys = [await startRun('arrived', '--network'), await startRun('lost', '--network')];
    for (const key of keys) await approve(key);
    await pollFor('both orders are sent', async () => (orders.length === 2 ? true : undefined));
    killWorker();
    const [arrived = '', lost = ''] = await Promise.all(keys.map(unknownEffect));

    const silent = await settle(arrived, 'x');
    const both = await settle(arrived, 'x', '--happened', '--run-again');
    const happened = await settle(arrived, 'the shop has the order', '--happened');
    const failed = await settle(lost, 'the shop has none', '--did-not-happen');
    const ends = await Promise.all(keys.map(async (key) => instance.cli(['runs', 'watch', key])));
    const again = await settle(arrived, 'no', '--did-not-happen');

    expect([silent.code, both.code]).toEqual([2, 2]);
    expect(happened).toMatchObject({ code: 0, document: { settlement: 'happened' } });
    expect(failed).toMatchObject({ code: 0, document: { settlement: 'did-not-happen' } });
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(again.code).not.toBe(0);
    const shown = [
      await instance.json('effects', 'show', arrived),
      await instance.json('effects', 'show', lost),
    ];
    expect(shown.map(({ document }) => [document['state'], document['settledReason']])).toEqual([
      ['committed', 'the shop has the order'],
      ['failed', 'the shop has none'],
    ]);
    expect(orders.toSorted()).toEqual(['/arrived', '/lost']);
  });
});

const settle = async (effect: string, reason: string, ...words: readonly string[]) =>
  instance.json('effects', 'settle', effect, '--reason', reason, ...words);

async function approve(key: string): Promise<void> {
  const approvalId = await pollFor(`${key} asks`, async () => {
    const { document } = await instance.json('inbox', '--run', key);
    const { items } = z
      .object({ items: z.array(z.object({ approvalId: z.string() })) })
      .parse(document);
    return items[0]?.approvalId;
  });
  expect(await instance.json('approve', approvalId)).toMatchObject({ code: 0 });
}

async function unknownEffect(key: string): Promise<string> {
  return pollFor(`${key} waits for somebody who knows`, async () => {
    const { document } = await instance.json('effects', '--run', key, '--state', 'unknown');
    return effectsSchema.parse(document).effects[0]?.callId;
  });
}
