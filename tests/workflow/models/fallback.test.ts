import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { listBreakers, recordBackendFailure } from '../../../storage/models/breakers.ts';
import { wrongEvents } from '../../support/check-events.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { finishing, goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, start } from '../../support/runs/running-runs.ts';

/** How the endpoint of the first tier behaves. */
type Behaviour = 'breaks' | 'unavailable' | 'answers';

let harness: RunHarness;
let baseUrl: string;
let behaviour: Behaviour = 'answers';
/** Requests that reached the first tier. */
let asked = 0;

const endpoint = createServer((incoming, answer) => {
  asked += 1;
  if (behaviour === 'breaks') incoming.socket.destroy();
  else if (behaviour === 'unavailable') answer.writeHead(503).end('{"error":{"message":"busy"}}');
  else forward(incoming, answer);
});

/** Hands a request on to the model server of the second tier. */
function forward(incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, headers } = incoming;
  const url = new URL(harness.rehearsal.url.replace(/\/v1$/, '') + (incoming.url ?? ''));
  const outgoing = request(url, { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    response.pipe(answer);
  });
  incoming.pipe(outgoing);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const address = endpoint.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  baseUrl = `http://127.0.0.1:${address.port}/v1`;
  const price = { input: 1, output: 2 };
  harness = await startRunHarness({
    models: [
      { key: 'first', backend: 'generic', baseUrl, model: 'first', privacy: 'local', price },
    ],
    settings: {
      modelChain: { primary: 'first', secondary: 'scripted', triggers: ['no_tool_calls'] },
    },
    scripts: [script('done', finishing('done')), script('talks', goodbye)],
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    endpoint.closeAllConnections();
    endpoint.close();
    await harness.stop();
  }
});

beforeEach(async () => {
  asked = 0;
  await harness.db.deleteFrom('model_breakers').execute();
});

const research = { specialist: 'research' };

async function fallbacksOf(runId: string): Promise<readonly Record<string, unknown>[]> {
  const events = await eventsOf(harness, runId);
  return events.filter(({ type }) => type === 'model.fallback').map(({ data }) => data);
}

/** What the calls of the first tier used, as the journal has it. */
async function usedByFirst(
  runId: string,
): Promise<{ readonly tokens: number; readonly costMicroUsd: number }> {
  const calls = await harness.db
    .selectFrom('usage')
    .selectAll()
    .where('run_id', '=', runId)
    .where('tier', '=', 0)
    .execute();
  const sum = (of: (call: (typeof calls)[number]) => number): number =>
    calls.reduce((total, each) => total + of(each), 0);
  return {
    tokens: sum((each) => Number(each.tokens_in) + Number(each.tokens_out)),
    costMicroUsd: sum((each) => Number(each.cost_micro_usd)),
  };
}

describe('a chain of two tiers', () => {
  it.each([
    ['breaks', 'connection'],
    ['unavailable', '503'],
  ] as const)(
    'completes a run by the second when the first %s three times, and says why',
    async (how, word) => {
      behaviour = how;

      const runId = await start(harness, 'done', research);
      const result = await harness.client.waitForRun(runId);

      expect(result).toMatchObject({ status: 'completed', payload: { summary: 'done' } });
      expect(asked).toBe(3);
      expect(await fallbacksOf(runId)).toEqual([
        {
          turn: `${runId}/main/t1`,
          reason: 'error',
          fromModel: 'first',
          toModel: 'scripted',
          code: 'unavailable',
          ...(await usedByFirst(runId)),
          errors: [
            {
              model: 'first',
              code: 'unavailable',
              message: expect.stringMatching(new RegExp(word, 'i')),
            },
          ],
        },
      ]);
      const types = (await eventsOf(harness, runId)).map(({ type }) => type);
      expect(types.filter((type) => type === 'model.failed')).toHaveLength(3);
    },
  );

  it('asks the second at once while the breaker of the first is open, without a byte to it', async () => {
    behaviour = 'answers';
    const key = { tenant: 'default', backend: baseUrl };
    for (let count = 0; count < 5; count += 1) {
      await recordBackendFailure(harness.db, key, { generation: 0, error: 'gone' });
    }

    const runId = await start(harness, 'done', research);
    const result = await harness.client.waitForRun(runId);

    expect(result).toMatchObject({ status: 'completed', payload: { summary: 'done' } });
    expect(asked).toBe(0);
    expect(await fallbacksOf(runId)).toMatchObject([
      {
        reason: 'circuit_open',
        code: 'circuit_open',
        tokens: 0,
        costMicroUsd: 0,
        errors: [{ model: 'first', code: 'circuit_open' }],
      },
    ]);
    expect(await listBreakers(harness.db, 'default')).toMatchObject([
      { backend: baseUrl, state: 'open' },
    ]);
  });

  it('asks the second when the first answers without a call, and tells what that answer cost', async () => {
    behaviour = 'answers';

    const runId = await start(harness, 'talks', research);
    await harness.client.waitForRun(runId);

    expect(asked).toBe(1);
    const [fallback, ...more] = await fallbacksOf(runId);
    expect(more).toEqual([]);
    expect(fallback).toMatchObject({ reason: 'no_tool_calls', errors: [] });
    const used = await usedByFirst(runId);
    expect(used.tokens).toBeGreaterThan(0);
    expect(fallback).toMatchObject(used);
    expect(await wrongEvents(harness.db)).toEqual([]);
  });
});
