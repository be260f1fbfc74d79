import { describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../../../domain/failures.ts';
import { resolveKey, resolveModelKey } from '../../../../activities/model/resolve-key.ts';

const sources = {
  environment: { MODEL_KEY: ' from-environment\n', EMPTY: '' },
  secret: (name: string) => {
    if (name === 'openai') return 'from-store';
    throw new HoldfastError('dependency_missing', `the secret ${name} is missing`);
  },
};

describe('resolveModelKey', () => {
  const apiKey = 'secret://openai';
  const hosts = ['api.example.com', '*.models.example.com:8443'];
  const bound = { ...sources, hostsOf: (name: string) => (name === 'openai' ? hosts : []) };

  const at = (baseUrl: string) => () => resolveModelKey({ apiKey, baseUrl }, bound);

  it('gives a secret that names hosts to models there only', () => {
    expect(at('https://api.example.com/v1')()).toBe('from-store');
    expect(at('https://a.models.example.com:8443/v1')()).toBe('from-store');
    for (const elsewhere of ['https://a.models.example.com/v1', 'http://evil.example/v1']) {
      expect(at(elsewhere)).toThrow(expect.objectContaining({ code: 'access_denied' }));
    }
  });

  it('gives a secret without hosts, and none to an entry without a reference, wherever the model is', () => {
    const baseUrl = 'http://somewhere.example/v1';

    expect(resolveModelKey({ apiKey, baseUrl }, sources)).toBe('from-store');
    expect(resolveModelKey({ baseUrl }, bound)).toBeUndefined();
  });
});

describe('resolveKey', () => {
  it('finds keys in the environment and in the store', () => {
    expect(resolveKey({ env: 'MODEL_KEY' }, sources)).toBe('from-environment');
    expect(resolveKey('secret://openai', sources)).toBe('from-store');
    expect(resolveKey(undefined, sources)).toBeUndefined();
  });

  it.each([
    [{ env: 'EMPTY' }, 'EMPTY'],
    [{ env: 'MISSING' }, 'MISSING'],
    ['secret://other', 'the secret other'],
  ] as const)('names what is missing: %j', (reference, name) => {
    expect(() => resolveKey(reference, sources)).toThrow(name);
  });

  it('has no secrets without a store', () => {
    expect(() => resolveKey('secret://openai', { environment: {} })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('the secret openai'),
        suggestion: expect.stringContaining('{env: NAME}'),
      }),
    );
  });
});
