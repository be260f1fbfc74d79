import { createServer } from 'node:http';

import { describe, expect, it } from '@jest/globals';

import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

describe('holdfast tools', () => {
  it('lists the built-in tools with their access', async () => {
    const { stdout } = await runWith(['tools', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      tools: expect.arrayContaining([
        expect.objectContaining({ name: 'read_file', access: 'read', needsNetwork: false }),
        expect.objectContaining({ name: 'shell', access: 'change' }),
        expect.objectContaining({ name: 'http_fetch', needsNetwork: true }),
        expect.objectContaining({ name: 'finish', access: 'finish' }),
      ]),
    });
  });
});

describe('holdfast effects', () => {
  it.each([
    [['--happened'], 'happened'],
    [['--did-not-happen'], 'did-not-happen'],
    [['--run-again'], 'run-again'],
  ])('settles by %j', async (flags, settlement) => {
    const client = fakeClient();

    const { code } = await runWith(['effects', 'settle', 't3/c0', ...flags, '--reason', 'seen'], {
      client,
    });

    expect(code).toBe(0);
    expect(client.calls[0]).toEqual([
      'settleEffect',
      { effect: 't3/c0', settlement, reason: 'seen' },
    ]);
  });

  it.each([
    [['--reason', 'seen']],
    [['--happened', '--run-again', '--reason', 'seen']],
    [['--happened']],
    [['--happened', '--reason', ' ']],
  ])('refuses %j', async (flags) => {
    const client = fakeClient();

    const { code } = await runWith(['effects', 'settle', 't3/c0', ...flags], { client });

    expect(code).toBe(2);
    expect(client.calls.map(([name]) => name)).not.toContain('settleEffect');
  });

  it('shows what taking back does, and does it when it is told to', async () => {
    const client = fakeClient();

    const look = await runWith(['effects', 'undo', 't3/c0', '--dry-run'], { client });
    const done = await runWith(['effects', 'undo', 't3/c0', '--yes', '--json'], { client });

    expect(look.stdout).toContain('would be taken back: delete topic');
    expect(JSON.parse(done.stdout)).toMatchObject({
      text: 'deleted topic',
      undo: { callId: 't3/c0' },
    });
    expect(client.calls.map(([name]) => name).filter((name) => name !== 'close')).toEqual([
      'previewUndo',
      'previewUndo',
      'undoEffect',
    ]);
  });

  it('takes nothing back without a word of a person', async () => {
    const client = fakeClient();

    const { code } = await runWith(['effects', 'undo', 't3/c0'], { client });

    expect(code).toBe(2);
    expect(client.calls.map(([name]) => name)).not.toContain('undoEffect');
  });

  it('lists by run and state', async () => {
    const client = fakeClient();

    await runWith(['effects', 'list', '--run', 'k1', '--state', 'unknown'], { client });

    expect(client.calls[0]).toEqual(['listEffects', { run: 'k1', state: 'unknown', limit: 20 }]);
  });
});

describe('holdfast models', () => {
  it('says what the endpoint of a configured model serves', async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'gpt-4.1' }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const body = { key: 'work', backend: 'generic', baseUrl: `http://127.0.0.1:${port}/v1` };
    const client = fakeClient({
      overrides: {
        listDefinitions: async () => [
          {
            name: 'work',
            version: 1,
            origin: 'holdfast.yaml',
            body: { ...body, model: 'gpt-4.1' },
          },
          {
            name: 'old',
            version: 1,
            origin: 'command',
            body: { ...body, key: 'old', model: 'gpt-1' },
          },
        ],
      },
    });

    const { code, stdout } = await runWith(['models', '--json'], { client });
    server.close();

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      models: [
        { name: 'work', state: 'served' },
        { name: 'old', state: 'missing' },
      ],
    });
  });

  it('names the nearest model for one that is not configured', async () => {
    const body = { key: 'work', backend: 'ollama', model: 'qwen3:8b' };
    const client = fakeClient({
      overrides: {
        listDefinitions: async () => [{ name: 'work', version: 1, origin: 'command', body }],
      },
    });

    const { code, stderr } = await runWith(['models', 'test', 'wrok'], { client });

    expect(code).toBe(3);
    expect(stderr).toContain('did you mean work?');
  });
});
