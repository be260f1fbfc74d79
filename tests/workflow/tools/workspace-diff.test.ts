import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { WorkspaceRef } from '../../../domain/run/run-input.ts';
import { pollFor } from '../../support/poll.ts';
import {
  createWorkspaceBench,
  putFiles,
  shell,
  treeOf,
  type WorkspaceBench,
} from './workspace-bench.ts';

let bench: WorkspaceBench;
let ref: WorkspaceRef;
let root: string;

beforeEach(async () => {
  bench = await createWorkspaceBench();
  await putFiles(bench.source, {
    'a.txt': 'one\ntwo\nthree\n',
    'b.txt': 'b\n',
    'crlf.txt': 'x\r\ny\r\n',
    'latin.txt': Buffer.from([0x61, 0xe9, 0x0a]),
    'src/deep.ts': 'export {};\n',
    'image.bin': new Uint8Array([0, 1, 2]),
    'kept.log': 'tracked\n',
    '.gitignore': '*.log\nbuild/\n',
    '.gitattributes': '* text=auto\n*.secret -diff\n',
  });
  await shell(bench.source, 'git init -q; git add -A; git add -f kept.log; git commit -qm first');
  ref = await bench.workspaces.create('run/default/key', bench.source);
  ({ root } = await bench.workspaces.open(ref));
});

afterEach(() => bench.close());

const changed = async (): Promise<string[]> =>
  (await bench.workspaces.diff(ref)).files.map(({ path, status }) => `${status} ${path}`);
const nextSecond = (ms: number): Promise<unknown> =>
  pollFor('another second begins', async () => Date.now() >= ms || undefined);
const treeHash = async (): Promise<string> => (await bench.workspaces.diff(ref)).tree;
const patch = async (): Promise<Uint8Array> => (await bench.workspaces.diff(ref)).patch;

describe('diff', () => {
  it('is empty at the start, and again when everything is taken back', async () => {
    const start = await bench.workspaces.diff(ref);
    await writeFile(join(root, 'a.txt'), 'changed\n');
    const hash = await treeHash();
    await writeFile(join(root, 'a.txt'), 'one\ntwo\nthree\n');

    expect(start).toMatchObject({ files: [], unreadable: [] });
    expect(start.patch.byteLength).toBe(0);
    expect(hash).not.toBe(start.tree);
    expect(await treeHash()).toBe(start.tree);
  });

  it('finds a change of the same size within the second in which the tree was looked at before', async () => {
    // Git without nanoseconds takes such a file for unchanged, once the index is younger than the file.
    const second = Math.ceil(Date.now() / 1_000) * 1_000;
    await nextSecond(second);
    await writeFile(join(root, 'a.txt'), 'one\n');
    const before = await treeHash();
    await writeFile(join(root, 'a.txt'), 'two\n');
    await nextSecond(second + 1_000);

    expect(await treeHash()).not.toBe(before);
  });

  it('counts lines of added, changed and deleted files', async () => {
    await putFiles(root, {
      'a.txt': 'one\n2\nthree\nfour\n',
      'new.txt': 'n\n',
      'image.bin': new Uint8Array([0, 9]),
    });
    await rm(join(root, 'b.txt'));

    expect((await bench.workspaces.diff(ref)).files).toEqual([
      { path: 'a.txt', status: 'modified', added: 2, removed: 1 },
      { path: 'b.txt', status: 'deleted', added: 0, removed: 1 },
      { path: 'image.bin', status: 'modified', added: null, removed: null },
      { path: 'new.txt', status: 'added', added: 1, removed: 0 },
    ]);
  });

  it('leaves ignored files out, but not those that are tracked', async () => {
    await putFiles(root, { 'debug.log': 'x', 'build/out.js': 'x', 'kept.log': 'changed\n' });

    expect(await changed()).toEqual(['modified kept.log']);
  });

  it('lets nobody hide a file by changing the rules', async () => {
    await putFiles(root, {
      '.gitignore': '*\n',
      '.git/info/exclude': '*\n',
      'src/.gitignore': '*\n',
      '.gitattributes': '* -diff filter=x\n',
      'src/evil.ts': 'evil\n',
    });

    expect(await changed()).toEqual(
      expect.arrayContaining(['modified .gitignore', 'added src/.gitignore', 'added src/evil.ts']),
    );
    expect(Buffer.from(await patch()).toString()).toContain('+evil');
  });

  it('lets nobody hide a file in a repository of its own, or by commits', async () => {
    await putFiles(root, { 'inner/evil.ts': 'evil\n' });
    await shell(join(root, 'inner'), 'git init -q; git add -A; git commit -qm inner');
    await shell(
      root,
      'git add -A . || true; git commit -qm outer; git update-index --assume-unchanged a.txt',
    );
    await writeFile(join(root, 'a.txt'), 'hidden\n');

    expect(await changed()).toEqual(['modified a.txt', 'added inner/evil.ts']);
  });

  it('survives folders that git cannot hold, and files that cannot be read', async () => {
    await putFiles(root, { '.GIT/x': 'x', 'ok.txt': 'ok\n', 'closed.txt': 'c', 'b.txt': 'c' });
    const { uid, gid } = await bench.workspaces.open(ref);
    await shell(root, `chown -R ${uid}:${gid} .`);
    await chmod(join(root, 'closed.txt'), 0);
    await chmod(join(root, 'b.txt'), 0);

    const { files, unreadable } = await bench.workspaces.diff(ref);

    const isRoot = uid !== (process.getuid?.() ?? 0) || uid !== 0;
    expect(isRoot).toBe(true);
    expect(files.map(({ path }) => path)).toEqual(['ok.txt']);
    expect(unreadable).toEqual(['b.txt', 'closed.txt']);
  });

  it('goes on around folders that nobody can look into, and takes nothing in them for deleted', async () => {
    const { uid, gid } = await bench.workspaces.open(ref);
    await shell(root, `mkdir shut listed; touch listed/x; chown -R ${uid}:${gid} .`);
    await chmod(join(root, 'src'), 0);
    await chmod(join(root, 'shut'), 0);
    await chmod(join(root, 'listed'), 0o400);
    await writeFile(join(root, 'a.txt'), 'changed\n');

    const { files, unreadable } = await bench.workspaces.diff(ref);

    expect(files.map(({ path, status }) => `${status} ${path}`)).toEqual(['modified a.txt']);
    expect(unreadable).toEqual(['listed/', 'shut/', 'src/']);
  });

  it('reads no file of the host through a link', async () => {
    await symlink('/etc/hostname', join(root, 'link'));
    await symlink('/etc', join(root, 'etc'));

    expect(Buffer.from(await patch()).toString()).toContain('+/etc/hostname');
    expect(await changed()).toEqual(['added etc', 'added link']);
  });

  it('works while a killed git has left its lock', async () => {
    await writeFile(join(root, '..', 'shadow.git', 'index.lock'), '');
    await writeFile(join(root, 'a.txt'), 'changed\n');

    expect(await changed()).toEqual(['modified a.txt']);
  });

  it('answers several questions at once', async () => {
    await writeFile(join(root, 'a.txt'), 'changed\n');

    const hashes = await Promise.all([1, 2, 3].map(() => treeHash()));

    expect(new Set(hashes).size).toBe(1);
  });
});

describe('apply', () => {
  it('takes over every kind of change, byte for byte', async () => {
    await putFiles(root, {
      'a.txt': 'one\n2\nthree\n',
      'crlf.txt': 'x\r\nz\r\n',
      'latin.txt': Buffer.from([0x62, 0xe9, 0x0a]),
      'image.bin': new Uint8Array([0, 1, 2, 3, 255]),
      'new/dir/file.txt': 'no line end',
      'sp ace "quoted".txt': 'odd\n',
      'empty.txt': '',
    });
    await rm(join(root, 'b.txt'));
    await rename(join(root, 'src', 'deep.ts'), join(root, 'src', 'moved.ts'));
    await chmod(join(root, 'kept.log'), 0o755);
    await symlink('a.txt', join(root, 'link'));

    const applied = await bench.workspaces.apply(await patch(), bench.source);

    expect(await treeOf(bench.source)).toEqual(await treeOf(root));
    expect(applied.files).toHaveLength(12);
  });

  it('makes the files its owner’s', async () => {
    await putFiles(root, { 'new.txt': 'n\n' });

    await bench.workspaces.apply(await patch(), bench.source);

    const { uid } = await lstat(bench.source);
    expect((await lstat(join(bench.source, 'new.txt'))).uid).toBe(uid);
  });

  it('keeps what the person changed elsewhere', async () => {
    await putFiles(root, { 'a.txt': 'one\ntwo\n3\n' });
    await putFiles(bench.source, { 'b.txt': 'mine\n', 'untracked.txt': 'mine\n' });

    await bench.workspaces.apply(await patch(), bench.source);

    expect(await readFile(join(bench.source, 'a.txt'), 'utf8')).toBe('one\ntwo\n3\n');
    expect(await readFile(join(bench.source, 'b.txt'), 'utf8')).toBe('mine\n');
  });

  it('changes nothing and names the files when some are in conflict', async () => {
    await putFiles(root, { 'a.txt': 'one\n2\nthree\n', 'b.txt': 'theirs\n', 'new.txt': 'n\n' });
    await putFiles(bench.source, { 'b.txt': 'mine\n', 'new.txt': 'mine\n' });
    const before = await treeOf(bench.source, 'with-git');

    const applying = bench.workspaces.apply(await patch(), bench.source);

    await expect(applying).rejects.toMatchObject({
      code: 'conflict',
      details: { files: ['b.txt', 'new.txt'] },
    });
    expect(await treeOf(bench.source, 'with-git')).toEqual(before);
  });

  it('says so when all of it is there already, also beside later changes, and writes nothing', async () => {
    await putFiles(root, { 'a.txt': 'one\n2\nthree\n', 'new.txt': 'n\n' });
    await rm(join(root, 'b.txt'));
    const made = await patch();
    const first = await bench.workspaces.apply(made, bench.source);
    await putFiles(bench.source, { 'kept.txt': 'mine\n' });
    const before = await treeOf(bench.source, 'with-git');

    const second = await bench.workspaces.apply(made, bench.source);

    expect([first.isThere, second.isThere]).toEqual([false, true]);
    expect(second.files).toEqual(first.files);
    expect(await treeOf(bench.source, 'with-git')).toEqual(before);
  });

  it.each([
    ['one of the files was taken back', { 'a.txt': 'one\ntwo\nthree\n' }],
    ['one of the files was changed again', { 'new.txt': 'mine\n' }],
  ])('is in conflict, not there, when %s', async (_, later) => {
    await putFiles(root, { 'a.txt': 'one\n2\nthree\n', 'new.txt': 'n\n' });
    const made = await patch();
    await bench.workspaces.apply(made, bench.source);
    await putFiles(bench.source, later);

    await expect(bench.workspaces.apply(made, bench.source)).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('does not write through a folder that is a link', async () => {
    await putFiles(root, { 'src/deep.ts': 'changed\n', 'out/new.txt': 'n\n' });
    const made = await patch();
    await mkdir(join(bench.base, 'elsewhere'));
    await rename(join(bench.source, 'src', 'deep.ts'), join(bench.base, 'elsewhere', 'deep.ts'));
    await rm(join(bench.source, 'src'), { recursive: true });
    await symlink('../elsewhere', join(bench.source, 'src'));
    await symlink('../elsewhere', join(bench.source, 'out'));

    await expect(bench.workspaces.apply(made, bench.source)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await readFile(join(bench.base, 'elsewhere', 'deep.ts'), 'utf8')).toBe('export {};\n');
    expect(await readdir(join(bench.base, 'elsewhere'))).toEqual(['deep.ts']);
  });

  it('brings everything back when writing fails half way', async () => {
    await putFiles(root, {
      'a.txt': 'one\n2\nthree\n',
      'new.txt': 'n\n',
      'src/deep.ts': 'changed\n',
    });
    await rm(join(root, 'b.txt'));
    const made = await patch();
    const { uid, gid } = await bench.workspaces.open(ref);
    await shell(bench.source, `chown -R ${uid}:${gid} .; chmod 755 .; chmod 555 src`);
    const before = await treeOf(bench.source, 'with-git');

    const applying = bench.workspaces.apply(made, bench.source);

    await expect(applying).rejects.toMatchObject({
      code: 'execution_error',
      details: { lost: [] },
    });
    expect(await treeOf(bench.source, 'with-git')).toEqual(before);
  });

  it.each([
    ['../outside.txt', /invalid|conflict/],
    ['.git/hooks/post-commit', /invalid|conflict/],
    ['/tmp/outside.txt', /invalid|conflict/],
  ])('refuses a patch that names %s', async (path, code) => {
    const evil = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+evil\n`;

    const applying = bench.workspaces.apply(Buffer.from(evil), bench.source);

    await expect(applying).rejects.toMatchObject({ code: expect.stringMatching(code) });
  });

  it('runs nothing of the target: no hooks, no filters', async () => {
    await shell(
      bench.source,
      `git config filter.evil.smudge 'touch ${bench.base}/ran; cat'; git config filter.evil.clean 'touch ${bench.base}/ran; cat'; git config core.autocrlf true; echo '*.txt filter=evil' >> .git/info/attributes`,
    );
    await putFiles(root, { 'a.txt': 'one\n2\nthree\n' });

    await bench.workspaces.apply(await patch(), bench.source);

    expect(await readdir(bench.base)).not.toContain('ran');
    expect(await readFile(join(bench.source, 'a.txt'), 'utf8')).toBe('one\n2\nthree\n');
  });

  it('works below another repository', async () => {
    await rm(join(bench.source, '.git'), { recursive: true });
    await shell(bench.base, 'git init -q');
    await putFiles(root, { 'a.txt': 'one\n2\nthree\n' });

    await bench.workspaces.apply(await patch(), bench.source);

    expect(await readFile(join(bench.source, 'a.txt'), 'utf8')).toBe('one\n2\nthree\n');
  });

  it('has nothing to do for an empty patch, and refuses what is no patch', async () => {
    expect(await bench.workspaces.apply(await patch(), bench.source)).toEqual({
      files: [],
      isThere: false,
    });
    const nonsense = bench.workspaces.apply(Buffer.from('hello'), bench.source);
    await expect(nonsense).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
