import { performance } from 'node:perf_hooks';

import { describe, expect, it } from '@jest/globals';

import { lintSecrets } from '../../../../activities/redaction/lint-secrets.ts';

// Shaped as a token of GitHub; put together here, so that no scanner takes this file for a leak.
const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');

describe('lintSecrets', () => {
  it('finds what looks like a secret, where it stands', async () => {
    const text = `first line\ntoken: ${token}\n`;

    const [range] = await lintSecrets(text);

    expect(text.slice(range?.start, range?.end)).toBe(token);
  });

  it('keeps nothing of the texts: a worker that lives long stays as fast as it was', async () => {
    await lintSecrets('warm');
    const before = performance.getEntries().length;

    for (let text = 0; text < 20; text += 1) await lintSecrets(`text ${text}`);

    expect(performance.getEntries()).toHaveLength(before);
  });
});
