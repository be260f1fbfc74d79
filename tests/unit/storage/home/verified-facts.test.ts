import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { fileSha256, openVerifiedFacts } from '../../../../storage/home/verified-facts.ts';

describe('openVerifiedFacts', () => {
  it('finds a fact once, and again when the file changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-facts-'));
    const file = join(folder, 'program');
    const memory = join(folder, 'facts.json');
    let finds = 0;
    const find = async (): Promise<string> => {
      finds += 1;
      return fileSha256(file);
    };

    writeFileSync(file, 'one');
    const first = await openVerifiedFacts(memory).recall(file, 'sha256', find);
    const second = await openVerifiedFacts(memory).recall(file, 'sha256', find);
    writeFileSync(file, 'longer');
    const third = await openVerifiedFacts(memory).recall(file, 'sha256', find);

    expect(finds).toBe(2);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('starts afresh from a damaged memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-facts-'));
    const memory = join(folder, 'facts.json');
    writeFileSync(memory, '{"half');

    expect(await openVerifiedFacts(memory).recall(memory, 'fact', async () => 'found')).toBe(
      'found',
    );
  });
});
