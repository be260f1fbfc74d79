import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { OpenAiModelGateway } from '../../../activities/model/openai/openai-gateway.ts';
import type { ChatResult } from '../../../activities/model/model-gateway.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { RehearsalOptions } from '../../../workers/rehearsal/rehearsal-options.ts';
import type { RehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';

const gateway = new OpenAiModelGateway({ prices: new Map() });
const apiKey = 'upstream-key-0123456789';

let directory: string;
let upstream: RehearsalServer;
const servers: RehearsalServer[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-recordings-'));
  upstream = await start({
    scripts: [
      {
        schemaVersion: 1,
        name: 'real',
        model: 'real-model',
        turns: [
          {
            faults: [{ type: 'status', status: 500, times: 1 }],
            reply: {
              text: `Reading. The key ${apiKey} is none of your business.`,
              toolCalls: [{ name: 'read_file', arguments: { path: 'a.ts' } }],
              usage: { promptTokens: 50, completionTokens: 9 },
            },
          },
        ],
      },
    ],
  });
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(directory, { recursive: true, force: true });
});

async function start(options: RehearsalOptions): Promise<RehearsalServer> {
  const server = await createRehearsalServer(options);
  servers.push(server);
  return server;
}

async function ask(server: RehearsalServer, content: string): Promise<ChatResult> {
  const entry = modelEntrySchema.parse({
    key: 'k',
    backend: 'generic',
    baseUrl: server.url,
    model: 'real-model',
  });
  return gateway.chat({ entry, apiKey, messages: [{ role: 'user', content }], tools: [] });
}

async function record(content: string): Promise<ChatResult> {
  const recorder = await start({
    recordings: { mode: 'record', directory, upstream: { url: upstream.url } },
  });
  await expect(ask(recorder, content)).rejects.toMatchObject({ status: 500 });
  return ask(recorder, content);
}

const recordings = { mode: 'replay_or_fail' } as const;

describe('recorded answers', () => {
  it('come back equal, and nobody else is asked', async () => {
    const real = await record('fix it');
    const asked = upstream.requests.length;
    const player = await start({ recordings: { ...recordings, directory } });

    const replayed = await ask(player, 'fix it');

    expect(replayed.message.toolCalls).toEqual(real.message.toolCalls);
    expect(replayed.message.text).toBe('Reading. The key <<REDACTED>> is none of your business.');
    expect(replayed.usage).toEqual(real.usage);
    expect(replayed.rehearsal).toBe(true);
    expect(upstream.requests).toHaveLength(asked);
  });

  it('are plain JSON without keys, and without refusals', async () => {
    await record('fix it');

    const files = await readdir(directory);
    const text = await readFile(join(directory, files[0] ?? ''), 'utf8');

    expect(files).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({
      schemaVersion: 1,
      key: files[0]?.replace('.json', ''),
      reply: { model: 'real-model', finishReason: 'tool_calls' },
    });
    expect(text).not.toContain(apiKey);
  });

  it('are found again in spite of times, durations and random ids', async () => {
    await record('started 2026-11-21T10:00:00Z, took 0.31 s, in /tmp/holdfast-abc/x');
    const player = await start({ recordings: { ...recordings, directory } });

    const later = ask(player, 'started 2027-01-01T08:30:00.5Z, took 12 s, in /tmp/holdfast-xyz/x');

    expect((await later).message.toolCalls).toHaveLength(1);
  });

  it('fail on an unknown request with the nearest one and the difference', async () => {
    await record('paint the house red');
    const player = await start({ recordings: { ...recordings, directory } });
    const [file] = await readdir(directory);

    const unknown = ask(player, 'paint the house blue');

    await expect(unknown).rejects.toMatchObject({
      status: 404,
      kind: 'permanent',
      message: expect.stringMatching(
        new RegExp(`nearest is ${file?.replace('.json', '')}, which differs: messages\\[0\\]`),
      ),
    });
    await expect(unknown).rejects.toMatchObject({
      message: expect.stringMatching(
        /recorded "paint the house red", received "paint the house blue"/,
      ),
    });
  });

  it('are asked for upstream where replay may', async () => {
    const player = await start({
      recordings: { mode: 'replay', directory, upstream: { url: upstream.url, apiKey: 'other' } },
    });
    await expect(ask(player, 'new')).rejects.toMatchObject({ status: 500 });

    const answer = await ask(player, 'new');

    expect(answer.message.toolCalls).toHaveLength(1);
    expect(upstream.requests[1]?.headers.authorization).toBe('Bearer other');
    expect(await readdir(directory)).toEqual([]);
  });
});
