import { afterEach, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError } from 'openai';

import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { RehearsalOptions } from '../../../workers/rehearsal/rehearsal-options.ts';
import type { RehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';

type Message = OpenAI.ChatCompletionMessageParam;
type Turn = ScriptInput['turns'][number];

let server: RehearsalServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: RehearsalOptions): Promise<OpenAI> {
  server = await createRehearsalServer(options);
  return new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
}

function script(overrides: Partial<ScriptInput> = {}): ScriptInput {
  return { schemaVersion: 1, name: 'story', model: 'player', turns: [], ...overrides };
}

async function ask(
  client: OpenAI,
  messages: readonly Message[],
  model = 'player',
): Promise<string> {
  const answer = await client.chat.completions.create({ model, messages: [...messages] });
  return answer.choices[0]?.message.content ?? '';
}

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

describe('a script', () => {
  it('is played by position, so that a restarted server goes on', async () => {
    const scripts = [
      script({ turns: [{ reply: { text: 'first' } }, { reply: { text: 'second' } }] }),
    ];
    const before = await start({ scripts });
    expect(await ask(before, [user('go')])).toBe('first');
    await server?.close();

    const after = await start({ scripts });

    expect(await ask(after, [user('go'), assistant('first'), user('on')])).toBe('second');
  });

  it('repeats turns and fills in the position', async () => {
    const turns = [{ repeat: 3, reply: { text: 'at {{position}}' } }, { reply: { text: 'end' } }];
    const client = await start({ scripts: [script({ turns })] });

    const talk = [user('go'), assistant('x'), assistant('x')];

    expect(await ask(client, talk)).toBe('at 2');
    expect(await ask(client, [...talk, assistant('x')])).toBe('end');
  });

  it('is chosen by a marker in the first user message, else by the model', async () => {
    const client = await start({
      scripts: [
        script({ name: 'a', turns: [{ reply: { text: 'plain' } }] }),
        script({ name: 'b', conversation: '[run-7]', turns: [{ reply: { text: 'marked' } }] }),
      ],
    });

    expect(await ask(client, [user('please [run-7]')])).toBe('marked');
    expect(await ask(client, [user('please')])).toBe('plain');
  });

  it('answers out of turn what matches one of its others', async () => {
    const client = await start({
      scripts: [
        script({
          turns: [{ reply: { text: 'turn' } }],
          others: [{ match: { anyContains: 'Summarise' }, reply: { text: 'short' } }],
        }),
      ],
    });

    expect(await ask(client, [user('Summarise'), assistant('x'), assistant('y')])).toBe('short');
  });

  it.each<[string, Turn['match'], string]>([
    ['another text', { lastContains: 'red' }, 'expected "red" in the last message'],
    ['another role', { lastRole: 'tool' }, 'expected the last message to be of tool'],
    ['missing tools', { tools: ['edit_file'] }, 'expected the tools edit_file'],
  ])('fails on %s and is not asked again', async (_, match, message) => {
    const client = await start({
      scripts: [script({ turns: [{ match, reply: { text: 'no' } }] })],
    });

    const asked = ask(client, [user('blue')]);

    await expect(asked).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining(message),
    });
  });

  it('fails where it ends and for a model that it does not play', async () => {
    const client = await start({ scripts: [script({ turns: [{ reply: { text: 'only' } }] })] });

    await expect(ask(client, [user('a'), assistant('only')])).rejects.toMatchObject({
      status: 409,
    });
    await expect(ask(client, [user('a')], 'other')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it('plays faults in order, each as often as it says, per conversation', async () => {
    const faults = [
      { type: 'status', status: 500, times: 2 },
      { type: 'status', status: 429, headers: { 'retry-after': '1' }, times: 1 },
    ] as const;
    const client = await start({
      scripts: [script({ turns: [{ faults: [...faults], reply: { text: 'at last' } }] })],
    });
    const seen = [];
    for (const text of ['a', 'a', 'b', 'a', 'a']) {
      seen.push(await ask(client, [user(text)]).catch(statusOf));
    }

    expect(seen).toEqual([500, 500, 500, 429, 'at last']);
  });

  it('comes the same, streamed slowly, at once, or whole', async () => {
    const turns = [
      { reply: { text: 'one  two\nthree ', toolCalls: [{ name: 't', arguments: '{"a":1}' }] } },
    ];
    const client = await start({ scripts: [script({ turns })], tokenDelayMs: 1 });
    const stream = await client.chat.completions.create({
      model: 'player',
      messages: [user('go')],
      stream: true,
    });

    let text = '';
    let written = '';
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      written += choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    }

    expect(text).toBe('one  two\nthree ');
    expect(written).toBe('{"a":1}');
    expect(await ask(client, [user('go')])).toBe(text);
  });

  it('says by a header that no real model was asked', async () => {
    await start({ scripts: [script({ turns: [{ reply: { text: 'x' } }] })] });

    const answer = await fetch(`${server?.url}/models`);

    expect(answer.headers.get('x-holdfast-rehearsal')).toBe('1');
    expect(await answer.json()).toMatchObject({
      data: [{ id: 'player' }, { id: 'rehearsal-embedding' }],
    });
  });

  it.each([
    ['another version', { ...script(), schemaVersion: 2 }],
    ['an unknown field', { ...script(), modle: 'x' }],
    ['a turn without anything', script({ turns: [{}] })],
    ['an unknown fault', { ...script(), turns: [{ faults: [{ type: 'explode' }] }] }],
  ])('is refused for %s', async (_, wrong) => {
    const scripts = [JSON.parse(JSON.stringify(wrong))];

    await expect(createRehearsalServer({ scripts })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it.each(['', 'no json', '[]', '{"model":"player"}'])('refuses the body %j', async (body) => {
    await start({ scripts: [script()] });

    const answer = await fetch(`${server?.url}/chat/completions`, { method: 'POST', body });

    expect(answer.status).toBe(400);
  });
});

describe('stub embeddings', () => {
  it('give the same text the same unit vector, and near texts near ones', async () => {
    const client = await start({ scripts: [] });

    const { data } = await client.embeddings.create({
      model: 'rehearsal-embedding',
      input: ['the red house', 'the red house', 'a red house', 'entirely different words', ''],
    });
    const [a, b, near, far, empty] = data.map(({ embedding }) => embedding);

    expect(a).toEqual(b);
    expect(cosine(a, a)).toBeCloseTo(1, 5);
    expect(cosine(a, near)).toBeGreaterThan(cosine(a, far));
    expect(empty).toHaveLength(256);
  });
});

function statusOf(error: unknown): number | undefined {
  return error instanceof APIError ? error.status : undefined;
}

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
