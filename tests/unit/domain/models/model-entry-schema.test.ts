import { describe, expect, it } from '@jest/globals';

import { modelEntrySchema } from '../../../../domain/models/model-entry-schema.ts';

const minimal = { key: 'work', model: 'qwen3:8b' };

describe('modelEntrySchema', () => {
  it('fills in a local Ollama', () => {
    expect(modelEntrySchema.parse(minimal)).toEqual({
      key: 'work',
      backend: 'ollama',
      baseUrl: 'http://localhost:11434/v1',
      model: 'qwen3:8b',
      timeoutSeconds: 120,
      params: {},
      rate: {},
      privacy: 'local',
    });
  });

  it.each([
    ['vllm', 'http://localhost:8000/v1'],
    ['llamacpp', 'http://localhost:8080/v1'],
    ['litellm', 'http://localhost:4000'],
  ])('knows where %s listens', (backend, baseUrl) => {
    expect(modelEntrySchema.parse({ ...minimal, backend }).baseUrl).toBe(baseUrl);
  });

  it.each([
    ['a generic back end without an address', { backend: 'generic' }],
    ['an unknown back end', { backend: 'openai' }],
    ['a literal key', { apiKey: 'sk-live-0123456789' }],
    ['an address with a password', { baseUrl: 'http://me:secret@host/v1' }],
    ['an address that is none', { baseUrl: 'host:1' }],
    ['another protocol', { baseUrl: 'file:///etc/passwd' }],
    ['an unknown field', { temperatur: 1 }],
    ['a time-out of nothing', { timeoutSeconds: 0 }],
    ['a key with spaces', { key: 'a b' }],
  ])('refuses %s', (_, overrides) => {
    expect(modelEntrySchema.safeParse({ ...minimal, ...overrides }).success).toBe(false);
  });

  it.each(['secret://openai', { env: 'OPENAI_API_KEY' }])(
    'takes the key by reference: %j',
    (apiKey) => {
      expect(modelEntrySchema.parse({ ...minimal, apiKey }).apiKey).toEqual(apiKey);
    },
  );

  it('offers for a key written out what works: an environment variable or a stored secret', () => {
    const parsed = modelEntrySchema.safeParse({ ...minimal, apiKey: 'sk-123' });

    expect(JSON.stringify(parsed.error?.issues)).toContain('{env: NAME}');
    expect(JSON.stringify(parsed.error?.issues)).toContain('secret://NAME');
    expect(JSON.stringify(parsed.error?.issues)).not.toContain('sk-123');
  });

  it.each([
    ['ollama', 'http://127.0.0.1:11434/v1', 'qwen3:8b', 'local'],
    ['ollama', 'http://192.168.1.5:11434/v1', 'qwen3:8b', 'local'],
    ['ollama', 'http://[::1]:11434/v1', 'qwen3:8b', 'local'],
    ['ollama', 'http://localhost:11434/v1', 'gpt-oss:120b-cloud', 'remote'],
    ['ollama', 'https://ollama.example.org/v1', 'qwen3:8b', 'remote'],
    ['vllm', 'http://172.32.0.1:8000/v1', 'm', 'remote'],
    ['vllm', 'http://172.31.0.1:8000/v1', 'm', 'local'],
    ['vllm', 'http://10.evil.example/v1', 'm', 'remote'],
    ['vllm', 'http://localhost.evil.example/v1', 'm', 'remote'],
    ['litellm', 'http://localhost:4000', 'm', 'remote'],
    ['generic', 'http://localhost:1234/v1', 'm', 'remote'],
  ])('%s at %s with %s is %s', (backend, baseUrl, model, privacy) => {
    expect(modelEntrySchema.parse({ key: 'k', backend, baseUrl, model }).privacy).toBe(privacy);
  });

  it('believes what the entry says about privacy', () => {
    const entry = { ...minimal, backend: 'generic', baseUrl: 'http://localhost:1/v1' };

    expect(modelEntrySchema.parse({ ...entry, privacy: 'local' }).privacy).toBe('local');
  });
});
