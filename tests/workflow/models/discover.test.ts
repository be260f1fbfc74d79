import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';

import {
  checkModel,
  discoverBackends,
  OpenAiModelGateway,
} from '../../../activities/model/inspect.ts';
import { chooseChatModel } from '../../../domain/models/choose-model.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { RehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';

type Routes = { readonly [route: string]: (body: string) => unknown };

const servers: Server[] = [];
const rehearsals: RehearsalServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
  await Promise.all(rehearsals.splice(0).map((server) => server.close()));
});

async function serve(
  handler: (incoming: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/v1`;
}

async function serveRoutes(routes: Routes): Promise<string> {
  return serve((incoming, response) => {
    let body = '';
    incoming.on('data', (part: Buffer) => {
      body += part.toString();
    });
    incoming.on('end', () => {
      const route = routes[incoming.url ?? ''];
      response.statusCode = route === undefined ? 404 : 200;
      response.end(JSON.stringify(route?.(body) ?? {}));
    });
  });
}

const tags = {
  models: [
    { name: 'sqlcoder:15b', details: { parameter_size: '15B', family: 'starcoder' } },
    { name: 'nomic-embed-text', details: { parameter_size: '137M', family: 'nomic-bert' } },
    { name: 'llama3.1:8b', details: { parameter_size: '8.0B', family: 'llama' } },
  ],
};

describe('discoverBackends', () => {
  it('lists what Ollama has, with sizes, tools and context, and marks embedding models', async () => {
    const shown: { [name: string]: object } = {
      'llama3.1:8b': {
        capabilities: ['completion', 'tools'],
        model_info: { 'llama.context_length': 131_072 },
      },
      'sqlcoder:15b': { capabilities: ['completion'] },
      'nomic-embed-text': { capabilities: ['embedding'] },
    };
    const baseUrl = await serveRoutes({
      '/api/tags': () => tags,
      '/api/show': (body) => shown[JSON.parse(body).model],
    });

    const [report] = await discoverBackends([{ backend: 'ollama', baseUrl }]);

    expect(report).toEqual({
      backend: 'ollama',
      baseUrl,
      state: 'ready',
      models: [
        {
          model: 'llama3.1:8b',
          isEmbeddingOnly: false,
          tools: 'yes',
          billions: 8,
          contextTokens: 131_072,
        },
        { model: 'nomic-embed-text', isEmbeddingOnly: true, tools: 'no', billions: 0.137 },
        { model: 'sqlcoder:15b', isEmbeddingOnly: false, tools: 'no', billions: 15 },
      ],
    });
  });

  it('chooses well from an Ollama that tells no more than names', async () => {
    const baseUrl = await serveRoutes({ '/api/tags': () => tags });

    const [report] = await discoverBackends([{ backend: 'ollama', baseUrl }]);

    expect(chooseChatModel(report?.models ?? [])?.model).toBe('llama3.1:8b');
  });

  it.each(['vllm', 'llamacpp'] as const)('finds %s by its health and its list', async (backend) => {
    const baseUrl = await serveRoutes({
      '/health': () => ({}),
      '/v1/models': () => ({ data: [{ id: 'served', max_model_len: 4_096 }] }),
    });

    const [report] = await discoverBackends([{ backend, baseUrl }]);

    expect(report?.models).toEqual([
      { model: 'served', isEmbeddingOnly: false, tools: 'unknown', contextTokens: 4_096 },
    ]);
  });

  it.each(['/health', '/health/liveliness'])('finds LiteLLM by %s', async (health) => {
    const routes = { [health]: () => ({}), '/v1/models': () => ({ data: [{ id: 'a' }] }) };
    const baseUrl = await serveRoutes(routes);

    const [report] = await discoverBackends([{ backend: 'litellm', baseUrl }]);

    expect(report?.state).toBe('ready');
  });

  it('says per back end what is wrong', async () => {
    const silent = await serve(() => undefined);
    const locked = await serve((_, response) =>
      response.writeHead(401).end('key sk-12345678 is bad'),
    );
    const page = await serve((_, response) => response.end('<html>'));
    const gone = await serve(() => undefined);
    const last = servers.pop();
    await new Promise((resolve) => last?.close(resolve));

    const reports = await discoverBackends(
      [
        { backend: 'vllm', baseUrl: silent },
        { backend: 'generic', baseUrl: locked, apiKey: 'sk-12345678' },
        { backend: 'generic', baseUrl: page },
        { backend: 'ollama', baseUrl: gone },
      ],
      { probeMs: 50 },
    );

    expect(reports.map(({ state }) => state)).toEqual([
      'timeout',
      'unauthenticated',
      'failed',
      'unreachable',
    ]);
    expect(reports[3]?.hint).toContain('ollama serve');
    expect(JSON.stringify(reports)).not.toContain('12345678');
  });

  it('ends with its total limit', async () => {
    const silent = await serve(() => undefined);

    const reports = await discoverBackends([{ backend: 'vllm', baseUrl: silent }], { totalMs: 50 });

    expect(reports[0]?.state).toBe('timeout');
  });
});

const called = (name: string, args: string): ScriptInput['turns'][number] => ({
  reply: { toolCalls: [{ name, arguments: args }] },
});

describe('checkModel', () => {
  const gateway = new OpenAiModelGateway({ prices: new Map() });

  async function check(
    turn: ScriptInput['turns'][number],
    apiKey = 'k3y-0123456789',
  ): Promise<object> {
    const server = await createRehearsalServer({
      scripts: [{ schemaVersion: 1, name: 's', model: 'm', turns: [turn] }],
    });
    rehearsals.push(server);
    const entry = modelEntrySchema.parse({
      key: 'k',
      backend: 'generic',
      baseUrl: server.url,
      model: 'm',
    });
    return checkModel(gateway, { entry, apiKey, timeoutMs: 100 });
  }

  it.each<[string, ScriptInput['turns'][number], object]>([
    [
      'a call',
      called('report_number', '{"number":7}'),
      { state: 'ok', tools: 'yes', rehearsal: true },
    ],
    ['malformed arguments', called('report_number', '{"number'), { state: 'ok', tools: 'no' }],
    ['an unknown tool', called('shell', '{}'), { state: 'ok', tools: 'no' }],
    ['text', { reply: { text: '7' } }, { state: 'ok', tools: 'no' }],
    ['no end', { reply: { text: '…', finishReason: 'length' } }, { state: 'ok', tools: 'unknown' }],
    [
      'a refusal of tools',
      { faults: [{ type: 'status', status: 400, body: { error: 'm does not support tools' } }] },
      { state: 'dependency_missing', tools: 'no' },
    ],
    [
      'a wrong key',
      {
        faults: [
          { type: 'status', status: 401, body: { error: { message: 'bad k3y-0123456789' } } },
        ],
      },
      { state: 'unauthenticated', tools: 'unknown' },
    ],
    ['silence', { faults: [{ type: 'stall' }] }, { state: 'timeout', tools: 'unknown' }],
  ])('judges %s', async (_, turn, expected) => {
    const report = await check(turn);

    expect(report).toMatchObject(expected);
    expect(JSON.stringify(report)).not.toContain('k3y-');
  });
});
