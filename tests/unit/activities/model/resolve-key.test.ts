import { describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../../../domain/failures.ts';
import { resolveKey } from '../../../../activities/model/resolve-key.ts';

const sources = {
  environment: { MODEL_KEY: ' from-environment\n', EMPTY: '' },
  secret: (name: string) => {
    if (name === 'openai') return 'from-store';
    throw new HoldfastError('dependency_missing', `the secret ${name} is missing`);
  },
};

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
