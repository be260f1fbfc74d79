import { describe, expect, it } from '@jest/globals';

import { chooseChatModel, parseBillions } from '../../../../domain/models/choose-model.ts';
import type { OfferedModel } from '../../../../domain/models/choose-model.ts';

const llama: OfferedModel = {
  model: 'llama3.1:8b',
  isEmbeddingOnly: false,
  tools: 'yes',
  billions: 8,
};
const coder: OfferedModel = {
  model: 'sqlcoder:15b',
  isEmbeddingOnly: false,
  tools: 'no',
  billions: 15,
};
const embed: OfferedModel = { model: 'nomic-embed-text', isEmbeddingOnly: true, tools: 'no' };

describe('chooseChatModel', () => {
  it('takes the configured model when it is there, even a weaker one', () => {
    expect(chooseChatModel([llama, coder, embed], 'sqlcoder:15b')).toBe(coder);
  });

  it('takes one with tools when the configured one is missing', () => {
    expect(chooseChatModel([coder, embed, llama], 'gone')).toBe(llama);
  });

  it('understands a name without its tag', () => {
    const latest = { ...coder, model: 'sqlcoder:latest' };

    expect(chooseChatModel([llama, latest], 'sqlcoder')).toBe(latest);
  });

  it('never takes an embedding model, not even a configured one', () => {
    expect(chooseChatModel([embed], 'nomic-embed-text')).toBeUndefined();
  });

  it('takes none that is known to lack tools', () => {
    expect(chooseChatModel([coder, embed])).toBeUndefined();
  });

  it('prefers certainty over size, and size over the alphabet', () => {
    const likely = { ...llama, model: 'big', tools: 'likely', billions: 70 } as const;
    const larger = { ...llama, model: 'zeta', billions: 14 };

    expect(chooseChatModel([likely, llama, larger])).toBe(larger);
  });
});

describe('parseBillions', () => {
  it.each([
    ['8.0B', 8],
    ['70B', 70],
    ['270M', 0.27],
    [' 1.5 b ', 1.5],
    ['1T', 1_000],
    ['80', undefined],
    ['', undefined],
    ['8.0.1B', undefined],
  ])('reads %j as %s', (text, expected) => {
    expect(parseBillions(text)).toBe(expected);
  });
});
