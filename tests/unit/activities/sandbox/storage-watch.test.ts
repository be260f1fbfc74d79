import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { treeBytes, watchStorage } from '../../../../activities/sandbox/process/storage-watch.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-storage-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('treeBytes', () => {
  it('adds up files and follows no link', async () => {
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    writeFileSync(join(folder, 'a/b/file'), Buffer.alloc(64 * 1024, 1));
    symlinkSync('/usr', join(folder, 'link'));

    const bytes = await treeBytes(folder);

    expect(bytes).toBeGreaterThanOrEqual(64 * 1024);
    expect(bytes).toBeLessThan(128 * 1024);
  });

  it('is 0 for a folder that is gone', async () => {
    expect(await treeBytes(join(folder, 'gone'))).toBe(0);
  });
});

describe('watchStorage', () => {
  it('tells once when the folders outgrow their limit, also by what came before', async () => {
    writeFileSync(join(folder, 'file'), Buffer.alloc(256 * 1024, 1));
    // The mark says the file system held less when these folders were last known to be within their limit.
    const marks = new Map([[folder, 0]]);

    const bytes = await new Promise<number>((resolve) => {
      watchStorage({ folders: [folder], maxBytes: 64 * 1024 }, marks, resolve);
    });

    expect(bytes).toBeGreaterThanOrEqual(256 * 1024);
  });
});
