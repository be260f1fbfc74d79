import { chmodSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { closedParent, prepareHome } from '../../../../storage/home/data-folder.ts';
import { makeFolder } from '../../../../storage/home/make-folder.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'holdfast-data-'));
}

describe('prepareHome', () => {
  it('closes the folder to others', () => {
    const home = join(folder(), 'new');

    prepareHome({ home, cache: undefined, isShared: false });

    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it('lets others pass through, not look, when a part runs as another user', () => {
    const home = folder();

    const paths = prepareHome({ home, cache: undefined, isShared: true });

    expect(statSync(home).mode & 0o777).toBe(0o711);
    expect(statSync(paths.logs).mode & 0o777).toBe(0o700);
  });

  it('names a folder that cannot be made', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');

    expect(() =>
      prepareHome({ home: join(file, 'home'), cache: undefined, isShared: false }),
    ).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        message: expect.stringContaining(join(file, 'home')),
      }),
    );
  });
});

describe('makeFolder', () => {
  it('makes what is missing, once', () => {
    const inner = join(folder(), 'a', 'b');

    makeFolder(inner, 0o700);
    makeFolder(inner, 0o755);

    expect(statSync(inner).mode & 0o777).toBe(0o700);
  });

  it.each(['/proc/holdfast', '/proc/holdfast/home'])(
    'gives up on %s, where no folder can be',
    (path) => {
      expect(() => makeFolder(path, 0o700)).toThrow('ENOENT');
    },
  );
});

describe('closedParent', () => {
  it('names the nearest folder that others may not enter', () => {
    const parent = folder();
    const inner = join(parent, 'inner');
    mkdirSync(inner, { mode: 0o755 });
    chmodSync(parent, 0o700);

    expect(closedParent(inner)).toEqual({ path: parent, mode: '0700' });
  });

  it('finds none on an open path, nor in what does not exist yet', () => {
    const parent = folder();
    chmodSync(parent, 0o711);

    expect(closedParent(join(parent, 'not', 'yet'))).toBeUndefined();
  });
});
