import { afterEach, describe, expect, it } from '@jest/globals';

import { ModelCallStopped } from '../../../activities/model/model-gateway.ts';
import type { ChatDelta, ChatRequest } from '../../../activities/model/model-gateway.ts';
import { OpenAiModelGateway } from '../../../activities/model/openai/openai-gateway.ts';
import { priceSeed } from '../../../domain/budget/price-seed.ts';
import { priceTable } from '../../../domain/budget/price.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { ModelFault } from '../../../domain/models/model-fault.ts';
import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { RehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';

type Turn = ScriptInput['turns'][number];

const now = Date.parse('2026-11-21T12:00:00Z');
const gateway = new OpenAiModelGateway({
  prices: priceTable(priceSeed),
  idleMs: 60,
  now: () => now,
});
const readFile = {
  name: 'read_file',
  description: 'Reads a file.',
  parameters: { type: 'object', properties: { path: { type: 'string' } } },
};

let server: RehearsalServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function play(turn: Turn, model = 'gpt-4o'): Promise<RehearsalServer> {
  server = await createRehearsalServer({
    scripts: [{ schemaVersion: 1, name: 'test', model, turns: [turn] }],
  });
  return server;
}

function request(
  overrides: Partial<Omit<ChatRequest, 'entry'>> & { entry?: object } = {},
): ChatRequest {
  const { entry, ...rest } = overrides;
  return {
    entry: modelEntrySchema.parse({
      key: 'test',
      backend: 'generic',
      baseUrl: server?.url ?? 'http://127.0.0.1:1/v1',
      model: 'gpt-4o',
      ...entry,
    }),
    messages: [{ role: 'user', content: 'What is in a.ts?' }],
    tools: [readFile],
    ...rest,
  };
}

async function faultOf(asked: ChatRequest): Promise<ModelFault> {
  const error = await gateway.chat(asked).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ModelFault) return error;
  throw new Error(`expected a fault, got ${String(error)}`);
}

describe('an answer', () => {
  it('is put together from the stream, with usage, cost and the sign of a rehearsal', async () => {
    await play({
      reply: {
        text: 'I will look.',
        toolCalls: [{ name: 'read_file', arguments: { path: 'a.ts' } }],
        usage: { promptTokens: 1_000, completionTokens: 100, cachedTokens: 400 },
      },
    });
    const deltas: ChatDelta[] = [];

    const result = await gateway.chat(request({ onDelta: (delta) => deltas.push(delta) }));

    expect(result).toEqual({
      message: {
        role: 'assistant',
        text: 'I will look.',
        toolCalls: [{ id: 'call_0_0', name: 'read_file', arguments: '{"path":"a.ts"}' }],
      },
      finishReason: 'tool-calls',
      model: 'gpt-4o',
      rehearsal: true,
      usage: {
        tokensIn: 1_000,
        tokensOut: 100,
        cachedTokens: 400,
        costMicroUsd: 3_000,
        costSource: 'usage',
        model: 'gpt-4o',
      },
    });
    const text = deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : []));
    expect(text).toEqual(['I', ' will', ' look.']);
  });

  it.each([
    [
      'the header of the proxy',
      { headers: { 'x-litellm-response-cost': '0.004321' } },
      4_321,
      'header',
    ],
    [
      'the usage of the provider',
      { usage: { promptTokens: 100, completionTokens: 10 } },
      350,
      'usage',
    ],
  ] as const)('costs what %s says', async (_, reply, costMicroUsd, costSource) => {
    await play({ reply: { text: 'ok', ...reply } });

    const { usage } = await gateway.chat(request());

    expect(usage).toMatchObject({ costMicroUsd, costSource });
  });

  it('costs an own count where the provider tells nothing', async () => {
    await play({ reply: { text: 'one two three', usage: 'none' } });

    const { usage } = await gateway.chat(request());

    expect(usage.costSource).toBe('counted');
    expect(usage.tokensOut).toBe(3);
    expect(usage.tokensIn).toBeGreaterThan(10);
    expect(usage.costMicroUsd).toBeGreaterThan(0);
  });

  it('costs null, never 0, without a price', async () => {
    await play({ reply: { text: 'ok' } }, 'home-made');

    const { usage } = await gateway.chat(request({ entry: { model: 'home-made' } }));

    expect(usage).toMatchObject({ costMicroUsd: null, costSource: 'unknown' });
  });

  it('costs 0 only when the entry says so', async () => {
    await play({ reply: { text: 'ok' } });

    const free = { price: { input: 0, output: 0 } };
    const { usage } = await gateway.chat(request({ entry: free }));

    expect(usage).toMatchObject({ costMicroUsd: 0, costSource: 'usage' });
  });

  it('keeps malformed arguments as text, and sends them back as an object', async () => {
    const malformed = '{"path": "a.ts';
    const { requests } = await play({
      reply: { toolCalls: [{ name: 'read_file', arguments: malformed }] },
    });

    const { message } = await gateway.chat(request());
    const messages = [...request().messages, message];
    await faultOf(request({ messages }));

    expect(message.toolCalls[0]?.arguments).toBe(malformed);
    expect(JSON.stringify(requests[1]?.body)).toContain(
      JSON.stringify(JSON.stringify({ malformed })).slice(1, -1),
    );
  });

  it('may stop for its length', async () => {
    await play({ reply: { text: 'and so', finishReason: 'length' } });

    expect((await gateway.chat(request())).finishReason).toBe('length');
  });

  it('sends the parameters of the entry and no key where there is none', async () => {
    const { requests } = await play({ reply: { text: 'ok' } });

    const params = { temperature: 0.1, seed: 7, maxTokens: 99 };
    await gateway.chat(request({ entry: { params } }));

    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(requests[0]?.body).toMatchObject({
      temperature: 0.1,
      seed: 7,
      max_tokens: 99,
      stream: true,
      stream_options: { include_usage: true },
      tools: [{ type: 'function', function: readFile }],
    });
  });

  it('uses its connections again', async () => {
    const { connections } = await play({ reply: { text: 'ok' } });

    for (let count = 0; count < 5; count += 1) await gateway.chat(request());

    expect(connections()).toBeLessThanOrEqual(2);
  });
});

const status = (code: number, more: object = {}): Turn => ({
  faults: [{ type: 'status', status: code, ...more }],
});
const body = (message: string, code?: string): object => ({ body: { error: { message, code } } });

describe('a refusal', () => {
  it.each<[string, Turn, object]>([
    ['408', status(408), { type: 'Model.Unavailable', kind: 'transient', code: 'unavailable' }],
    ['409', status(409), { type: 'Model.Unavailable', kind: 'transient' }],
    ['500', status(500), { type: 'Model.Unavailable', kind: 'transient', status: 500 }],
    ['503', status(503), { type: 'Model.Unavailable', kind: 'transient' }],
    [
      '503 with Retry-After',
      status(503, { headers: { 'retry-after': '3' } }),
      { kind: 'transient', retryAfterMs: 3_000 },
    ],
    ['429', status(429), { type: 'Model.RateLimited', kind: 'rate-limited', code: 'rate_limited' }],
    [
      '429 with retry-after-ms',
      status(429, { headers: { 'retry-after-ms': '250', 'retry-after': '9' } }),
      { kind: 'rate-limited', retryAfterMs: 250 },
    ],
    [
      '429 with seconds',
      status(429, { headers: { 'retry-after': '90' } }),
      { kind: 'rate-limited', retryAfterMs: 90_000 },
    ],
    [
      '429 with a date',
      status(429, { headers: { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' } }),
      { kind: 'rate-limited', retryAfterMs: 30_000 },
    ],
    [
      '429 without quota',
      status(429, body('You exceeded your current quota', 'insufficient_quota')),
      { type: 'Model.QuotaExhausted', kind: 'permanent' },
    ],
    [
      '401',
      status(401),
      { type: 'Model.Unauthorized', kind: 'permanent', code: 'unauthenticated' },
    ],
    ['403', status(403), { type: 'Model.Unauthorized', kind: 'permanent' }],
    ['400', status(400), { type: 'Model.Rejected', kind: 'permanent', code: 'invalid_argument' }],
    ['404', status(404), { type: 'Model.Rejected', kind: 'permanent' }],
    ['413', status(413), { type: 'Model.Rejected', kind: 'permanent' }],
    ['422', status(422), { type: 'Model.Rejected', kind: 'permanent' }],
    ['418', status(418), { type: 'Model.Rejected', kind: 'permanent' }],
    [
      '400 for a full context',
      status(400, body("This model's maximum context length is 8192 tokens")),
      { type: 'Model.Rejected', kind: 'context-full' },
    ],
    [
      '400 for want of tools',
      status(400, body('gpt-4o does not support tools')),
      { type: 'Model.Rejected', kind: 'permanent', code: 'dependency_missing' },
    ],
    [
      '400 with x-should-retry: true',
      status(400, { headers: { 'x-should-retry': 'true' } }),
      { type: 'Model.Rejected', kind: 'transient', retryable: true },
    ],
    [
      '500 with x-should-retry: false',
      status(500, { headers: { 'x-should-retry': 'false' } }),
      { type: 'Model.Unavailable', kind: 'permanent', retryable: false },
    ],
    [
      '429 with x-should-retry: false',
      status(429, { headers: { 'x-should-retry': 'false', 'retry-after': '1' } }),
      { type: 'Model.RateLimited', kind: 'permanent', retryable: false },
    ],
  ])('%s', async (_, turn, expected) => {
    await play(turn);

    const fault = await faultOf(request());

    expect(fault).toMatchObject(expected);
    expect(fault.usage).toBeUndefined();
  });

  it('names the model that lacks tools', async () => {
    await play(status(400, body('"gpt-4o" does not support tools')));

    expect((await faultOf(request())).message).toContain('model gpt-4o');
  });

  it('is read wherever the server puts its words', async () => {
    await play(status(400, { body: { object: 'error', message: 'maximum context length is 5' } }));

    expect((await faultOf(request())).kind).toBe('context-full');
  });

  it.each([401, 403, 500])('shows no part of the key (%i)', async (code) => {
    const apiKey = 'tr1cky-key-0123456789';
    const echo = `Incorrect API key provided: ${apiKey}, tr1cky-****6789, ${Buffer.from(apiKey).toString('base64')}`;
    await play(status(code, body(echo)));

    const fault = await faultOf(request({ apiKey }));

    for (const part of ['tr1cky', '6789', 'dHIxY2']) {
      expect(`${fault.message} ${fault.stack} ${String(fault.cause)}`).not.toContain(part);
    }
  });

  it('of parameters by Ollama is asked once more with what every server knows', async () => {
    const { requests } = await play({
      faults: [{ type: 'status', status: 400, body: { error: 'invalid option seed' }, times: 1 }],
      reply: { text: 'ok' },
    });
    const entry = { backend: 'ollama', params: { seed: 1 } };

    await expect(gateway.chat(request({ entry }))).rejects.toMatchObject({ status: 400 });
    expect(Object.keys(requests[1]?.body ?? {}).toSorted()).toEqual([
      'max_tokens',
      'messages',
      'model',
      'stream',
      'tools',
    ]);
    expect(requests).toHaveLength(2);
  });

  it('for want of tools is not asked again, by Ollama neither', async () => {
    const { requests } = await play(status(400, body('gpt-4o does not support tools')));

    await faultOf(request({ entry: { backend: 'ollama' } }));

    expect(requests).toHaveLength(1);
  });
});

describe('a broken connection', () => {
  it('to nobody is unavailable, and costs nothing', async () => {
    const { close } = await play({ reply: { text: 'ok' } });
    await close();

    const fault = await faultOf(request());

    expect(fault).toMatchObject({ type: 'Model.Unavailable', kind: 'transient' });
    expect(fault.message).toContain('ECONNREFUSED');
    expect(fault.usage).toBeUndefined();
  });

  it('before the answer is unavailable, and what was sent counts', async () => {
    await play({ faults: [{ type: 'disconnect' }] });

    const fault = await faultOf(request());

    expect(fault.type).toBe('Model.Unavailable');
    expect(fault.usage).toMatchObject({ partial: true, tokensOut: 0, costSource: 'counted' });
  });

  it.each([
    ['destroy', 'Model.Unavailable'],
    ['end', 'Model.Truncated'],
  ] as const)('in the middle (%s) is %s, and what came counts', async (how, type) => {
    await play({
      faults: [{ type: 'cut', how, afterTokens: 4 }],
      reply: { text: 'one two three four five six' },
    });

    const fault = await faultOf(request());

    expect(fault).toMatchObject({ type, kind: 'transient' });
    expect(fault.usage).toMatchObject({ partial: true, tokensOut: 4, model: 'gpt-4o' });
  });

  it('that falls silent is ended by the idle watch', async () => {
    await play({ faults: [{ type: 'stall', afterTokens: 2 }], reply: { text: 'one two three' } });

    const fault = await faultOf(request());

    expect(fault).toMatchObject({ type: 'Model.TimedOut', kind: 'transient', code: 'timeout' });
    expect(fault.message).toContain('fell silent');
    expect(fault.usage).toMatchObject({ partial: true, tokensOut: 2 });
  });

  it('that never answers is ended by the deadline', async () => {
    await play({ faults: [{ type: 'stall' }] });

    const fault = await faultOf(request({ timeoutMs: 50 }));

    expect(fault).toMatchObject({ type: 'Model.TimedOut', code: 'timeout' });
  });

  it('is told apart from the end by the caller', async () => {
    const { received } = await play({ faults: [{ type: 'stall' }] });
    const caller = new AbortController();
    const call = gateway.chat(request({ signal: caller.signal }));

    await received(1);
    caller.abort('cancelled');

    await expect(call).rejects.toBeInstanceOf(ModelCallStopped);
    await expect(call).rejects.toMatchObject({ cause: 'cancelled', usage: { partial: true } });
  });

  it('never happens when the caller has ended it before', async () => {
    const { connections } = await play({ reply: { text: 'ok' } });

    const call = gateway.chat(request({ signal: AbortSignal.abort() }));

    await expect(call).rejects.toBeInstanceOf(ModelCallStopped);
    expect(connections()).toBe(0);
  });

  it('hands on what the callback throws', async () => {
    await play({ reply: { text: 'ok' } });
    const mistake = new Error('mine');

    const call = gateway.chat(
      request({
        onDelta: () => {
          throw mistake;
        },
      }),
    );

    await expect(call).rejects.toBe(mistake);
  });
});
