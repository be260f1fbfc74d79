import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createFindFilesTool } from '../../../activities/tools/search/find-files-tool.ts';
import { createSearchTextTool } from '../../../activities/tools/search/search-text-tool.ts';
import { refusalOf } from '../../unit/activities/tools/call-tool.ts';
import { callerIn, startRunner } from './tool-bench.ts';
import { createWorkspaceBench, type WorkspaceBench } from './workspace-bench.ts';

let running: Awaited<ReturnType<typeof startRunner>>;
let bench: WorkspaceBench;

beforeAll(async () => {
  running = await startRunner();
});

afterAll(() => running.close());

beforeEach(async () => {
  bench = await createWorkspaceBench();
});

afterEach(() => bench.close());

const callerWith = (files: Readonly<Record<string, string>>) => callerIn(bench, files);
const find = (): ReturnType<typeof createFindFilesTool> => createFindFilesTool(running.runner);
const search = (): ReturnType<typeof createSearchTextTool> => createSearchTextTool(running.runner);

describe('find_files', () => {
  const files = {
    'a.ts': '',
    'src/b.ts': '',
    'src/deep/c.test.ts': '',
    '.github/d.yml': '',
    'dist/e.ts': '',
    '.gitignore': 'dist/\n',
  };

  it.each([
    [{ pattern: '*.ts' }, ['a.ts', 'src/b.ts', 'src/deep/c.test.ts']],
    [{ pattern: 'src/*.ts' }, ['src/b.ts']],
    [{ pattern: '**/*.test.{ts,js}' }, ['src/deep/c.test.ts']],
    [{ pattern: '*.ts', path: 'src/deep' }, ['src/deep/c.test.ts']],
    [{ pattern: '*.yml' }, ['.github/d.yml']],
    [{ pattern: 'e.ts', ignored: 'include' }, ['dist/e.ts']],
    [{ pattern: 'e.ts' }, ['[no files]']],
    [{ pattern: '*.ts', maxFiles: 1 }, ['a.ts', '[2 further files are not shown: narrow it down]']],
  ])('finds by %j', async (args, found) => {
    const { call } = await callerWith(files);

    expect((await call(find(), args)).text.split('\n')).toEqual(found);
  });
});

describe('search_text', () => {
  it('shows path, line and text, and leaves ignored, hidden and secret files out', async () => {
    const { call } = await callerWith({
      'a.txt': 'one\nneedle\n',
      'src/b.txt': 'needle 2\n',
      'dist/c.txt': 'needle\n',
      '.env': 'needle=1\n',
      'secrets/key.txt': 'needle\n',
      '.gitignore': 'dist/\n',
    });

    expect((await call(search(), { pattern: 'needle' })).text).toBe(
      'a.txt:2:needle\nsrc/b.txt:1:needle 2',
    );
    for (const glob of ['.env', '.*', 'secrets/*', '**/key.txt']) {
      expect((await call(search(), { pattern: 'needle', glob })).text).toBe('[no matches]');
    }
    expect((await call(search(), { pattern: 'needle', path: '.env' })).text).toBe(
      '.env:1:needle=1',
    );
  });

  it('takes options as part of the pattern, never of the command', async () => {
    const { call } = await callerWith({ 'a.txt': '--files\n-v\n' });

    expect((await call(search(), { pattern: '--files' })).text).toBe('a.txt:1:--files');
    expect((await call(search(), { pattern: '-v', mode: 'literal' })).text).toBe('a.txt:2:-v');
  });

  it('explains a pattern that cannot be read', async () => {
    const { call } = await callerWith({ 'a.txt': '' });

    const refusal = await refusalOf(call(search(), { pattern: '(' }));

    expect(refusal).toMatchObject({
      code: 'validation_error',
      message: expect.stringContaining('unclosed group'),
    });
  });

  it('stays bounded with long lines and many matches', async () => {
    const { call } = await callerWith({
      'a.txt': 'x'.repeat(100_000),
      'b.txt': 'x\n'.repeat(5_000),
    });

    const { text } = await call(search(), { pattern: 'x', maxLines: 50 });

    expect(text.split('\n')).toHaveLength(51);
    expect(text.length).toBeLessThan(5_000);
    expect(text).toContain('further lines are not shown');
  });
});
