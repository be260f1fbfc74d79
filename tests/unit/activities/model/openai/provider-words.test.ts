import { describe, expect, it } from '@jest/globals';

import {
  guessToolSupport,
  looksLikeEmbedding,
} from '../../../../../activities/model/discovery/model-names.ts';
import {
  isContextFull,
  isQuotaExhausted,
  lacksToolSupport,
} from '../../../../../activities/model/openai/provider-words.ts';

describe('isContextFull', () => {
  it.each([
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    'context_length_exceeded',
    'the request exceeds the available context size, try increasing it',
    'litellm.ContextWindowExceededError: too long',
    'prompt is too long: 210000 tokens > 200000 maximum',
    'The input token count (1200000) exceeds the maximum number of tokens allowed',
    'Please reduce the length of the messages or completion.',
  ])('recognises %j', (words) => {
    expect(isContextFull(words)).toBe(true);
  });

  it('takes no other refusal for it', () => {
    expect(isContextFull('invalid value for temperature in this context')).toBe(false);
  });
});

describe('lacksToolSupport', () => {
  it.each([
    'registry.ollama.ai/library/sqlcoder:15b does not support tools',
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    'tools param requires --jinja flag',
    'this model does not support function calling',
  ])('recognises %j', (words) => {
    expect(lacksToolSupport(words)).toBe(true);
  });
});

describe('isQuotaExhausted', () => {
  it('tells it from an ordinary rate limit', () => {
    expect(isQuotaExhausted('insufficient_quota')).toBe(true);
    expect(isQuotaExhausted('Rate limit reached for requests')).toBe(false);
  });
});

describe('model names', () => {
  it.each([
    'nomic-embed-text',
    'bge-m3:latest',
    'mxbai-embed-large',
    'all-minilm',
    'text-embedding-3-small',
  ])('takes %s for an embedding model', (name) => {
    expect(looksLikeEmbedding(name)).toBe(true);
  });

  it.each(['llama3.1:8b', 'sqlcoder:15b', 'bigem', 'gpt-4o'])(
    'takes %s for a chat model',
    (name) => {
      expect(looksLikeEmbedding(name)).toBe(false);
    },
  );

  it('expects tools of known families only', () => {
    expect(guessToolSupport('llama3.1:8b')).toBe('likely');
    expect(guessToolSupport('sqlcoder:15b')).toBe('unknown');
  });
});
