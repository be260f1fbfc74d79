import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { OpenAiModelGateway } from '../../../activities/model/openai/openai-gateway.ts';
import type { ChatMessage } from '../../../domain/models/chat.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { parseSettings } from '../../../domain/settings/settings-schema.ts';
import { createRehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { RehearsalServer } from '../../../workers/rehearsal/rehearsal-server.ts';

let server: RehearsalServer;

async function blockOf(language: string): Promise<string> {
  const guide = await readFile(new URL('../../../docs/guides/models.md', import.meta.url), 'utf8');
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide);
  return found?.[1] ?? '';
}

beforeEach(async () => {
  server = await createRehearsalServer({ scripts: [JSON.parse(await blockOf('json'))] });
});

afterEach(async () => {
  await server.close();
});

describe('the guide to models', () => {
  it('shows a configuration that holds', async () => {
    expect(parseSettings(parse(await blockOf('yaml')))).toMatchObject({
      type: 'ok',
      settings: { models: [{ privacy: 'local' }, { privacy: 'remote' }] },
    });
  });

  it('shows a script that plays', async () => {
    const gateway = new OpenAiModelGateway({ prices: new Map() });
    const entry = modelEntrySchema.parse({
      key: 'rehearsal',
      backend: 'generic',
      baseUrl: server.url,
      model: 'rehearsal',
    });
    const messages: readonly ChatMessage[] = [{ role: 'user', content: 'What is this?' }];
    await expect(gateway.chat({ entry, messages, tools: [] })).rejects.toMatchObject({
      retryAfterMs: 1_000,
    });

    const { message } = await gateway.chat({ entry, messages, tools: [] });
    const result = {
      role: 'tool',
      toolCallId: message.toolCalls[0]?.id ?? '',
      content: '# It',
    } as const;
    const end = await gateway.chat({ entry, messages: [...messages, message, result], tools: [] });

    expect(message.toolCalls[0]?.name).toBe('read_file');
    expect(end.message.text).toBe('It says what it does.');
  });
});
