import { describe, expect, it } from '@jest/globals';

import { redactMessage, redactSecrets } from '../../../../activities/model/redact-key.ts';

const key = 'sup3r+secret/key=value';

describe('redactMessage', () => {
  it.each([
    ['the key itself', `bad key ${key}!`],
    ['its base64 form', `bad ${Buffer.from(key).toString('base64')}`],
    ['its URL form', `https://host/?key=${encodeURIComponent(key)}`],
    ['a bearer header', 'Authorization: Bearer abc.def-ghi'],
    ['what looks like a key', 'Incorrect API key provided: sk-proj-abcdefgh12345678'],
    ['a masked key', 'Incorrect API key provided: sup3****alue.'],
    ['a password in an address', 'cannot reach http://me:pass@host/v1'],
  ])('replaces %s', (_, text) => {
    const clean = redactMessage(text, key);

    expect(clean).toContain('<<REDACTED>>');
    for (const part of ['sup3', 'secret', 'alue', 'abc', 'me:pass'])
      expect(clean).not.toContain(part);
  });

  it('leaves no half of a key where it cuts', () => {
    const text = `${'x'.repeat(490)}${key}`;

    expect(redactMessage(text, key)).not.toContain('sup3');
    expect(redactMessage('y'.repeat(2_000), undefined)).toHaveLength(500);
  });

  it('leaves ordinary words alone', () => {
    const text = 'model "risk-model" not found, try task-runner';

    expect(redactMessage(text, 'none')).toBe(text);
    expect(redactSecrets('a *** b', undefined)).toBe('a *** b');
  });
});
