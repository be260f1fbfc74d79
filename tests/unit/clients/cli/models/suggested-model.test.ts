import { describe, expect, it } from '@jest/globals';

import type { BackendReport } from '../../../../../activities/model/inspect.ts';
import { settingsFor, suggestModel } from '../../../../../clients/cli/models/suggested-model.ts';

const model = (name: string, tools: 'yes' | 'no', isEmbeddingOnly = false) => ({
  model: name,
  tools,
  isEmbeddingOnly,
});
const away: BackendReport = {
  backend: 'vllm',
  baseUrl: 'http://localhost:8000/v1',
  state: 'unreachable',
  models: [],
};
const ollama: BackendReport = {
  backend: 'ollama',
  baseUrl: 'http://localhost:11434/v1',
  state: 'ready',
  models: [
    model('nomic-embed-text', 'no', true),
    model('sqlcoder', 'no'),
    model('llama3.1', 'yes'),
  ],
};

describe('the model that is suggested', () => {
  it('is one to chat with that takes tool calls, of an endpoint that answers', () => {
    expect(suggestModel([away, ollama])).toEqual({
      key: 'local',
      backend: 'ollama',
      baseUrl: 'http://localhost:11434/v1',
      model: 'llama3.1',
    });
  });

  it('is none where nothing answers', () => {
    expect(suggestModel([away])).toBeUndefined();
  });

  it('comes as settings to copy', () => {
    const suggested = suggestModel([ollama]);

    expect(suggested === undefined ? '' : settingsFor(suggested)).toContain('model: llama3.1\n');
  });
});
