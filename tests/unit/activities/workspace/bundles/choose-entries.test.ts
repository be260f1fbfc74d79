import { describe, expect, it } from '@jest/globals';

import { chooseEntries } from '../../../../../activities/workspace/bundles/choose-entries.ts';
import { readListing } from '../../../../../activities/workspace/bundles/list-workspace.ts';

const line = (head: string, target = ''): string => `${head}\0${target}\0`;
const entries = await readListing(
  Buffer.from(
    [
      line('d 755 4096 8 1.5 2.5 1 0 tree'),
      line('f 600 3000000 8 1.5 2.5 2 7 tree/sparse file'),
      line('d 755 4096 8 1.5 2.5 3 7 tree/dist'),
      line('f 644 5 8 1.5 2.5 4 7 tree/dist/caf\u00e9'),
      line('f 000 5 8 1.5 2.5 5 7 tree/hidden'),
      line('p 644 0 0 1.5 2.5 6 7 tree/pipe'),
      line('l 777 6 0 1.5 2.5 7 7 tree/link', 'a b\nc'),
      line('f 644 5 8 1.5 2.5 8 7 shadow.git/index-0a1b2c'),
      line('f 644 5 8 1.5 2.5 8 7 shadow.git/objects/pack/tmp_pack_1'),
    ].join(''),
    'latin1',
  ),
);

describe('readListing', () => {
  it('reads names with spaces, targets of links and what a file takes', () => {
    expect(entries.find(({ path }) => path === 'tree/sparse file')).toMatchObject({
      kind: 'file',
      mode: 0o600,
      time: 1.5,
      uid: 7,
      size: 3_000_000,
      allocated: 4_096,
    });
    expect(entries.find(({ kind }) => kind === 'link')?.target).toBe('a b\nc');
  });

  it('leaves out what git makes for a moment', () => {
    expect(entries.filter(({ path }) => path.startsWith('shadow.git'))).toEqual([]);
  });
});

describe('chooseEntries', () => {
  it('leaves out what is excluded with everything in it, and what cannot be kept', () => {
    const chosen = chooseEntries(entries, { exclude: ['dist'], isRoot: false });

    expect(chosen.taken.map(({ path }) => path)).toEqual(['tree', 'tree/sparse file', 'tree/link']);
    expect(chosen.leftOut).toEqual(['dist/', 'hidden (unreadable)', 'pipe (no plain file)']);
    expect(chosen.bytes).toBe(4_096);
  });

  it('takes files that only root can read when it is root', () => {
    const chosen = chooseEntries(entries, { exclude: [], isRoot: true });

    expect(chosen.leftOut).toEqual(['pipe (no plain file)']);
  });
});
