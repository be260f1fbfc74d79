import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { loadSettings } from '../../../../storage/home/settings-file.ts';

describe('docs/operations/settings.md', () => {
  it('shows a file that is accepted', () => {
    const page = readFileSync(
      new URL('../../../../docs/operations/settings.md', import.meta.url),
      'utf8',
    );
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const home = mkdtempSync(join(tmpdir(), 'holdfast-documented-'));
    writeFileSync(join(home, 'holdfast.yaml'), example);

    const { settings } = loadSettings({ home, variables: {}, flags: {} });

    expect(settings.models.map(({ key }) => key)).toEqual([settings.defaultModel]);
  });
});
