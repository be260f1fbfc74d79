import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { editFileTool } from '../../../../activities/tools/files/edit-file-tool.ts';
import { listFilesTool } from '../../../../activities/tools/files/list-files-tool.ts';
import { readFileTool } from '../../../../activities/tools/files/read-file-tool.ts';
import { writeFileTool } from '../../../../activities/tools/files/write-file-tool.ts';
import { callerFor, refusalOf } from './call-tool.ts';

let root: string;
let caller: ReturnType<typeof callerFor>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'files-'));
  const uid = process.getuid?.() ?? 0;
  caller = callerFor({ root, uid, gid: process.getgid?.() ?? 0 });
});

afterEach(() => rm(root, { recursive: true, force: true }));

const put = (path: string, content: string | Uint8Array): Promise<void> =>
  writeFile(join(root, path), content);
const get = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const edit = (oldText: string, newText: string, more = {}) =>
  caller.call(editFileTool, { path: 'a.txt', oldText, newText, ...more });
const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('read_file', () => {
  it('numbers lines', async () => {
    await put('a.txt', 'one\ntwo\n');

    const { text } = await caller.call(readFileTool, { path: 'a.txt' });

    expect(text).toBe('1\tone\n2\ttwo');
  });

  it('shows a range and says that the file goes on', async () => {
    await put('a.txt', lines(10));

    const range = { path: 'a.txt', firstLine: 4, lineCount: 2 };
    const { text } = await caller.call(readFileTool, range);

    expect(text).toBe('4\tline 4\n5\tline 5\n[the file goes on: ask for firstLine 6 to see more]');
  });

  it('says nothing of more when the range ends with the file', async () => {
    await put('a.txt', lines(5));

    const { text } = await caller.call(readFileTool, { path: 'a.txt', firstLine: 4, lineCount: 2 });

    expect(text).toBe('4\tline 4\n5\tline 5');
  });

  it('shows a last line without a line end and empty lines', async () => {
    await put('a.txt', 'one\n\nthree');

    expect((await caller.call(readFileTool, { path: 'a.txt' })).text).toBe('1\tone\n2\t\n3\tthree');
  });

  it('refuses a range past the end, with the number of lines', async () => {
    await put('a.txt', lines(3));

    const refusal = await refusalOf(caller.call(readFileTool, { path: 'a.txt', firstLine: 9 }));

    expect(refusal).toMatchObject({
      code: 'validation_error',
      message: expect.stringContaining('3 lines'),
    });
  });

  it('shows bytes that are no UTF-8 as a marker and says so', async () => {
    await put('a.txt', Buffer.from([0x61, 0xff, 0x62, 0x0a]));

    const { text } = await caller.call(readFileTool, { path: 'a.txt' });

    expect(text).toContain('1\ta\u{FFFD}b\n');
    expect(text).toContain('not valid UTF-8');
  });

  it('reads a file of 3 MB with one long line in bounded pieces', async () => {
    await put('big.txt', `${'x'.repeat(3_000_000)}\nend\n`);

    const { text } = await caller.call(readFileTool, { path: 'big.txt' });

    expect(text.length).toBeLessThan(2_200_000);
    expect(text).toContain('the file goes on');
  });

  it('finds late lines of a file of 3 MB', async () => {
    await put('big.txt', lines(300_000));

    const { text } = await caller.call(readFileTool, { path: 'big.txt', firstLine: 299_999 });

    expect(text).toBe('299999\tline 299999\n300000\tline 300000');
  });

  it('shows binary files by size and type', async () => {
    await put('a.png', Buffer.from('89504e470d0a1a0a00', 'hex'));
    await put('a.bin', Buffer.from([1, 0, 2]));
    await put('empty', '');

    expect((await caller.call(readFileTool, { path: 'a.png' })).text).toContain(
      'PNG image, 9 bytes',
    );
    expect((await caller.call(readFileTool, { path: 'a.bin' })).text).toContain(
      'binary file, 3 bytes',
    );
    expect((await caller.call(readFileTool, { path: 'empty' })).text).toBe('[the file is empty]');
  });

  it('refuses to read another file than was judged', async () => {
    await put('harmless', 'ok');
    await put('.env', 'secret');
    await symlink('harmless', join(root, 'link'));
    const preparation = await caller.prepare(readFileTool, { path: 'link' });
    await rm(join(root, 'link'));
    await symlink('.env', join(root, 'link'));

    const refusal = await refusalOf(caller.perform(readFileTool, { path: 'link' }, preparation));

    expect(preparation.facts.paths).toEqual([{ path: 'harmless', operation: 'read' }]);
    expect(refusal.code).toBe('conflict');
  });

  it.each([
    { path: '' },
    { path: 'a\0' },
    { path: 'a', more: 1 },
    { path: 'a', firstLine: '1' },
    {},
  ])('refuses the arguments %j', (args) => {
    expect(readFileTool.schema.safeParse(args).success).toBe(false);
  });
});

describe('list_files', () => {
  it('lists names sorted, with sizes, folders and links', async () => {
    await mkdir(join(root, 'src', 'deep'), { recursive: true });
    await put('src/a.ts', '12345');
    await put('b.txt', '');
    await symlink('b.txt', join(root, 'link'));

    expect((await caller.call(listFilesTool, {})).text).toBe('b.txt 0 bytes\nlink -> b.txt\nsrc/');
    expect((await caller.call(listFilesTool, { path: 'src', depth: 2 })).text).toBe(
      'a.ts 5 bytes\ndeep/',
    );
  });

  it('does not go into links that lead outside', async () => {
    await symlink('/etc', join(root, 'etc'));

    expect((await caller.call(listFilesTool, { depth: 3 })).text).toBe('etc -> /etc');
    expect((await refusalOf(caller.call(listFilesTool, { path: 'etc' }))).code).toBe(
      'access_denied',
    );
  });
});

describe('write_file', () => {
  it('makes a file with its folders and shows it as a diff', async () => {
    const args = { path: 'new/a.txt', content: 'one\ntwo\n' };

    const preparation = await caller.prepare(writeFileTool, args);
    const result = await caller.perform(writeFileTool, args, preparation);

    expect(preparation.preview).toBe('write new/a.txt (new file, +2 -0 lines)');
    expect(preparation.detail).toBe('--- /dev/null\n+++ b/new/a.txt\n@@ -0,0 +1,2 @@\n+one\n+two');
    expect(preparation.facts.paths).toEqual([{ path: 'new/a.txt', operation: 'write' }]);
    expect(result).toMatchObject({ status: 'ok', progress: true });
    expect(await get('new/a.txt')).toBe('one\ntwo\n');
  });

  it('makes no progress by writing what is there', async () => {
    await put('a.txt', 'same');

    expect(await caller.call(writeFileTool, { path: 'a.txt', content: 'same' })).toMatchObject({
      progress: false,
    });
  });

  it('changes nothing when the file changed after it was prepared', async () => {
    const args = { path: 'a.txt', content: 'mine' };
    const preparation = await caller.prepare(writeFileTool, args);
    await put('a.txt', 'theirs');

    expect((await refusalOf(caller.perform(writeFileTool, args, preparation))).code).toBe(
      'conflict',
    );
    expect(await get('a.txt')).toBe('theirs');
  });

  it('refuses NUL bytes and lone surrogates', () => {
    for (const content of ['a\0b', 'a\uD800b']) {
      expect(writeFileTool.schema.safeParse({ path: 'a', content }).success).toBe(false);
    }
  });

  it('tells by the hash whether it happened', async () => {
    await put('a.txt', 'old');
    const args = { path: 'a.txt', content: 'new' };
    const preparation = await caller.prepare(writeFileTool, args);

    expect(await caller.probe(writeFileTool, args, preparation)).toEqual({
      type: 'did-not-happen',
    });
    await put('a.txt', 'new');
    expect(await caller.probe(writeFileTool, args, preparation)).toMatchObject({
      type: 'happened',
    });
    await put('a.txt', 'other');
    expect(await caller.probe(writeFileTool, args, preparation)).toMatchObject({
      type: 'no-answer',
    });
  });

  it('gives no answer when the path leads elsewhere since', async () => {
    await put('a.txt', 'old');
    const args = { path: 'a.txt', content: 'new' };
    const preparation = await caller.prepare(writeFileTool, args);
    await rename(join(root, 'a.txt'), join(root, 'b.txt'));
    await symlink('b.txt', join(root, 'a.txt'));

    expect(await caller.probe(writeFileTool, args, preparation)).toMatchObject({
      type: 'no-answer',
    });
    expect((await refusalOf(caller.perform(writeFileTool, args, preparation))).code).toBe(
      'conflict',
    );
  });
});

describe('edit_file', () => {
  it('puts no mark of a secret that was taken out into a file, but leaves those that stand there', async () => {
    await put('a.txt', 'key = real\nother = <<REDACTED>>\n');

    const refusal = await refusalOf(edit('key = real', 'key = <<REDACTED>>'));

    expect(refusal).toMatchObject({ code: 'validation_error' });
    expect(refusal.message).toContain('leave that one as it is');
    await edit('other = <<REDACTED>>', 'another = <<REDACTED>>');
    expect(await get('a.txt')).toBe('key = real\nanother = <<REDACTED>>\n');
  });

  it('replaces a unique text', async () => {
    await put('a.txt', 'one\ntwo\nthree\n');

    const result = await edit('two', 'zwei');

    expect(result.text).toBe('replaced once in a.txt, first at line 2');
    expect(await get('a.txt')).toBe('one\nzwei\nthree\n');
  });

  it('names the lines of several matches, and replaces them all when told how many', async () => {
    await put('a.txt', 'x = 1\ny = 2\nx = 1\n');

    const refusal = await refusalOf(edit('x = 1', 'x = 3'));
    await edit('x = 1', 'x = 3', { count: 2 });

    expect(refusal.code).toBe('validation_error');
    expect(refusal.message).toContain('stands 2 times in a.txt and not once, at line 1, 3');
    expect(await get('a.txt')).toBe('x = 3\ny = 2\nx = 3\n');
  });

  it('shows the lines most like a text that is not there', async () => {
    await put('a.txt', 'def add(a, b):\n\treturn a - b\n');

    const refusal = await refusalOf(edit('    return a - b', 'x'));

    expect(refusal.code).toBe('validation_error');
    expect(refusal.message).toContain('2\t\treturn a - b');
  });

  it('refuses a missing file, equal texts and an empty text', async () => {
    expect((await refusalOf(edit('a', 'b'))).code).toBe('not_found');
    await put('a.txt', 'a');
    expect((await refusalOf(edit('a', 'a'))).code).toBe('validation_error');
    expect(editFileTool.schema.safeParse({ path: 'a', oldText: '', newText: 'b' }).success).toBe(
      false,
    );
  });

  it('keeps bytes that are no UTF-8', async () => {
    await put('a.txt', Buffer.from([0xff, 0x0a, 0x61, 0x0a, 0xfe]));

    await edit('a', 'b');

    expect([...(await readFile(join(root, 'a.txt')))]).toEqual([0xff, 0x0a, 0x62, 0x0a, 0xfe]);
  });

  it('takes plain line ends for CR LF where the file has nothing else', async () => {
    await put('a.txt', 'one\r\ntwo\r\nthree\r\n');

    await edit('one\ntwo', '1\n2');

    expect(await get('a.txt')).toBe('1\r\n2\r\nthree\r\n');
  });

  it('refuses files that are too large to edit', async () => {
    await put('a.txt', Buffer.alloc(9 * 1024 * 1024, 'a'));

    expect((await refusalOf(edit('b', 'c'))).code).toBe('payload_too_large');
  });
});
