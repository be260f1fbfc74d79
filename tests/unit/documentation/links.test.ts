import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { readPages, root, type Page } from './pages.ts';

const pages = readPages();

/** Targets of links to other files, without what stands behind `#`. */
function targetsOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

describe('the documentation', () => {
  it.each(pages)('$path links to files that exist', (page) => {
    const missing = targetsOf(page).filter(
      (target) => !existsSync(join(root, dirname(page.path), target)),
    );

    expect(missing).toEqual([]);
  });

  it('names every page of docs in its index or in the index of its folder', () => {
    const linked = new Set(
      pages.flatMap((page) => targetsOf(page).map((target) => join(dirname(page.path), target))),
    );
    const lost = pages.map(({ path }) => path).filter((path) => /^docs\/.+\//.test(path));

    expect(lost.filter((path) => !linked.has(path))).toEqual([]);
  });
});
