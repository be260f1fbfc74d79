import { describe, expect, it } from '@jest/globals';

import type { BundleEntry, BundlePart } from '../../../../domain/workspace/bundle-part-schema.ts';
import { foldParts } from '../../../../domain/workspace/fold-parts.ts';

const folder = (path: string): BundleEntry => ({ path, kind: 'folder', mode: 0o755, time: 1 });
const file = (path: string, pieces: BundleEntry['pieces'] = [[0, 0, 1, 0]]): BundleEntry => ({
  path,
  kind: 'file',
  mode: 0o644,
  time: 1,
  size: 1,
  pieces,
});
const link = (path: string): BundleEntry => ({ ...folder(path), kind: 'link', target: '/etc' });
const part = (entries: BundleEntry[], gone: string[] = [], packs = ['p']): BundlePart => ({
  schemaVersion: 1,
  packs,
  entries,
  gone,
  leftOut: [],
  leftOutCount: 0,
});

describe('foldParts', () => {
  it('takes the newest of each entry, without what is gone, folders before what is in them', () => {
    const folded = foldParts([
      part([file('tree/b/x'), folder('tree/b'), folder('tree'), file('tree/a'), file('tree/c')]),
      part([file('tree/a')], ['tree/c'], ['q']),
    ]);

    expect(folded?.map(({ path }) => path)).toEqual(['tree', 'tree/a', 'tree/b', 'tree/b/x']);
    expect(folded?.[1]?.pieces).toEqual([{ pack: 'q', offset: 0, length: 1, at: 0 }]);
  });

  it('lets a link take the place of a folder', () => {
    const first = part([folder('tree'), folder('tree/a'), file('tree/a/x')]);

    expect(foldParts([first, part([link('tree/a')], ['tree/a/x'])])).toHaveLength(2);
  });

  it.each([
    ['leads out of the workspace', [folder('tree'), folder('tree/..'), file('tree/../x')]],
    ['lies elsewhere', [folder('etc'), file('etc/passwd')]],
    ['has no folder', [folder('tree'), file('tree/a/x')]],
    ['would be written through a link', [folder('tree'), link('tree/a'), file('tree/a/x')]],
    ['takes the place of the workspace', [link('tree')]],
    ['is absolute', [folder('tree'), file('/tree/a')]],
    ['names a pack that is not there', [folder('tree'), file('tree/a', [[1, 0, 1, 0]])]],
  ])('refuses an entry that %s', (_, entries) => {
    expect(foldParts([part(entries)])).toBeUndefined();
  });
});
