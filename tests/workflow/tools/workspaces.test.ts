import {
  link,
  lstat,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { WorkspaceRef } from '../../../domain/run/run-input.ts';
import {
  createWorkspaceBench,
  putFiles,
  shell,
  testUid,
  treeOf,
  type WorkspaceBench,
} from './workspace-bench.ts';

const runId = 'run/default/key-1';
let bench: WorkspaceBench;

beforeEach(async () => {
  bench = await createWorkspaceBench();
});

afterEach(() => bench.close());

/** A repository in every state a file can be in. */
async function makeProject(source: string): Promise<void> {
  await putFiles(source, {
    'tracked.txt': 'tracked\n',
    'modified.txt': 'old\n',
    'deleted.txt': 'gone\n',
    'crlf.txt': 'a\r\nb\r\n',
    'run.sh': '#!/bin/sh\n',
    'forced.log': 'tracked although ignored\n',
    '.gitignore': 'node_modules/\n*.log\n',
    '.gitattributes': '*.txt text=auto eol=lf\n*.bin filter=evil\n',
    'data.bin': new Uint8Array([0, 1, 2, 255]),
  });
  const evil = join(source, '..', 'evil-ran');
  await shell(
    source,
    `git init -q -b main; git add -A; git add -f forced.log; git commit -qm first; git branch other
     git config filter.evil.clean 'touch ${evil}; cat'; git config filter.evil.smudge 'touch ${evil}; cat'
     git config core.fsmonitor 'touch ${evil}'; git config remote.origin.url https://user:secret@example.org/a.git
     printf '#!/bin/sh\\ntouch ${evil}\\n' > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout
     echo '*.local' >> .git/info/exclude
     rm deleted.txt; echo new > modified.txt; chmod +x run.sh; ln -s tracked.txt link; ln -s /nowhere dangling`,
  );
  await putFiles(source, {
    'untracked.txt': 'untracked\n',
    'node_modules/left/index.js': 'ignored\n',
    'debug.log': 'ignored\n',
    'mine.local': 'ignored by info/exclude\n',
    'name with space\n and line end': 'odd\n',
    'nested/inner.txt': 'inner\n',
  });
  await shell(join(source, 'nested'), 'git init -q; git add -A; git commit -qm inner');
}

const rootOf = async (ref: WorkspaceRef): Promise<string> =>
  (await bench.workspaces.open(ref)).root;

describe('create', () => {
  it('copies the working tree as it is, and touches nothing of the person', async () => {
    await makeProject(bench.source);
    const before = await treeOf(bench.source, 'with-git');

    const ref = await bench.workspaces.create(runId, bench.source);

    expect(await treeOf(await rootOf(ref))).toEqual(await treeOf(bench.source));
    expect(await treeOf(bench.source, 'with-git')).toEqual(before);
    await expect(stat(join(bench.base, 'evil-ran'))).rejects.toThrow('ENOENT');
  });

  it('has the history, without remotes, hooks and settings', async () => {
    await makeProject(bench.source);

    const root = await rootOf(await bench.workspaces.create(runId, bench.source));

    expect(await shell(root, 'git log --format=%s; git branch --format="%(refname:short)"')).toBe(
      'first\nmain\nother',
    );
    expect(await readFile(join(root, '.git', 'config'), 'utf8')).not.toMatch(/secret|evil|remote/);
    await expect(readdir(join(root, '.git', 'hooks'))).rejects.toThrow('ENOENT');
    const status = (await shell(root, 'git status --porcelain')).split('\n');
    expect(status).toEqual(
      expect.arrayContaining([
        ' M modified.txt',
        ' D deleted.txt',
        ' M run.sh',
        '?? untracked.txt',
        '?? link',
      ]),
    );
    expect(status).not.toEqual(expect.arrayContaining(['?? mine.local']));
  });

  it('shares no file with the person by hard links', async () => {
    await makeProject(bench.source);
    await link(join(bench.source, 'tracked.txt'), join(bench.base, 'elsewhere.txt'));

    const root = await rootOf(await bench.workspaces.create(runId, bench.source));

    const find = 'find . .git/objects -type f -links +1';
    expect(await shell(root, find)).toBe('');
  });

  it('gives everything to one user that is not root', async () => {
    await makeProject(bench.source);

    const { root, uid } = await bench.workspaces.open(
      await bench.workspaces.create(runId, bench.source),
    );

    const own = process.getuid?.() ?? 0;
    expect(uid).toBe(own === 0 ? testUid : own);
    expect(await shell(root, `find . ! -uid ${uid}`)).toBe('');
    expect((await lstat(join(root, 'dangling'))).uid).toBe(uid);
  });

  it('copies folders that are no repository, and makes empty workspaces', async () => {
    await putFiles(bench.source, { 'a/b.txt': 'b', '.hidden': 'h' });

    const copied = await rootOf(await bench.workspaces.create('run/default/one', bench.source));
    const empty = await rootOf(await bench.workspaces.create('run/default/two', undefined));

    expect(await treeOf(copied)).toEqual(await treeOf(bench.source));
    expect(await readdir(empty)).toEqual([]);
  });

  it.each([
    ['without commits', 'git init -q; echo a > a.txt'],
    [
      'with a detached head',
      'git init -q; echo a > a.txt; git add -A; git commit -qm a; git checkout -q --detach',
    ],
    ['with a broken .git', 'mkdir .git; echo a > a.txt'],
    [
      'with an index lock left by a killed git',
      'git init -q; echo a > a.txt; git add -A; git commit -qm a; touch .git/index.lock',
    ],
    [
      'that is a worktree',
      'git init -q ../main; cd ../main; git commit -qm a --allow-empty; rmdir ../project; git worktree add -q ../project; echo a > ../project/a.txt',
    ],
    [
      'that is shallow',
      'git init -q ../main; (cd ../main; for i in 1 2 3; do git commit -qm $i --allow-empty; done); git clone -q --depth 1 file://$PWD/../main ../project; echo a > ../project/a.txt',
    ],
    [
      'that borrows objects',
      'git init -q ../main; (cd ../main; echo b > b.txt; git add -A; git commit -qm b); git clone -q --shared ../main ../project; echo a > ../project/a.txt',
    ],
  ])('takes a repository %s', async (_, commands) => {
    await shell(bench.source, commands);

    const ref = await bench.workspaces.create(runId, bench.source);

    expect(await treeOf(await rootOf(ref))).toEqual(await treeOf(bench.source));
    expect((await bench.workspaces.diff(ref)).files).toEqual([]);
  });

  it('works with git in a workspace whose source borrowed objects', async () => {
    await shell(
      bench.source,
      'git init -q ../main; (cd ../main; echo b > b.txt; git add -A; git commit -qm b); git clone -q --shared ../main ../project',
    );

    const root = await rootOf(await bench.workspaces.create(runId, bench.source));
    await rm(join(bench.base, 'main'), { recursive: true });

    expect(await shell(root, 'git show HEAD:b.txt; git fsck --no-progress')).toBe('b');
  });

  it('keeps submodules working and sees changes in them', async () => {
    await shell(
      bench.source,
      `git init -q ../part; (cd ../part; echo p > p.txt; git add -A; git commit -qm p)
       git init -q; git -c protocol.file.allow=always submodule --quiet add "$PWD/../part" part; git commit -qm all`,
    );

    const ref = await bench.workspaces.create(runId, bench.source);
    const root = await rootOf(ref);
    const status = await shell(root, 'git status --porcelain; git -C part log --format=%s');
    await writeFile(join(root, 'part', 'p.txt'), 'changed\n');

    expect(status).toBe('p');
    expect((await bench.workspaces.diff(ref)).files).toMatchObject([
      { path: 'part/p.txt', status: 'modified' },
    ]);
  });

  it.each([
    ['that does not exist', (base: string) => join(base, 'nothing'), 'not_found'],
    ['that is a file', (base: string) => join(base, 'file'), 'invalid_argument'],
    ['that is a relative path', () => 'project', 'invalid_argument'],
    ['in the data folder', (base: string) => join(base, 'home', 'inner'), 'invalid_argument'],
    ['that holds the data folder', (base: string) => base, 'invalid_argument'],
    ['that is the root', () => '/', 'invalid_argument'],
    [
      'that is a link into the data folder',
      (base: string) => join(base, 'link'),
      'invalid_argument',
    ],
  ])('refuses a source %s', async (_, source, code) => {
    await writeFile(join(bench.base, 'file'), '');
    await mkdir(join(bench.dataFolder, 'inner'));
    await symlink('home/inner', join(bench.base, 'link'));

    await expect(bench.workspaces.create(runId, source(bench.base))).rejects.toMatchObject({
      code,
    });
  });

  it('refuses a source that is too large, before it copies anything', async () => {
    await putFiles(bench.source, { 'a.txt': 'x'.repeat(2_000) });
    const small = await bench.again({ limits: { maxBytes: 1_000 } });

    await expect(small.create(runId, bench.source)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect(await readdir(join(bench.dataFolder, 'workspaces'))).toEqual(['git-configuration']);
  });

  it('gives the same workspace for the same run', async () => {
    await putFiles(bench.source, { 'a.txt': 'one' });
    const ref = await bench.workspaces.create(runId, bench.source);
    await writeFile(join(await rootOf(ref), 'a.txt'), 'changed by the run');

    const again = await (await bench.again()).create(runId, bench.source);

    expect(again).toEqual(ref);
    expect(await readFile(join(await rootOf(ref), 'a.txt'), 'utf8')).toBe('changed by the run');
  });

  it('clears what a killed worker left half made', async () => {
    await putFiles(bench.source, { 'a.txt': 'one' });
    const ref = await bench.workspaces.create(runId, bench.source);
    await bench.workspaces.remove(ref);
    const half = join(bench.dataFolder, 'workspaces', `making-${ref.id}-0123`);
    await putFiles(half, { 'tree/half.txt': 'half' });

    const made = await bench.workspaces.create(runId, bench.source);

    expect(Object.keys(await treeOf(await rootOf(made)))).toEqual(['a.txt']);
    await expect(stat(half)).rejects.toThrow('ENOENT');
  });

  it('makes one workspace when two workers make it at once', async () => {
    await putFiles(bench.source, { 'a.txt': 'one' });
    const other = await bench.again();

    const made = await Promise.allSettled([
      bench.workspaces.create(runId, bench.source),
      other.create(runId, bench.source),
    ]);

    const refs = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(refs.length).toBeGreaterThan(0);
    const ref = await bench.workspaces.create(runId, bench.source);
    expect(Object.keys(await treeOf(await rootOf(ref)))).toEqual(['a.txt']);
  });
});

describe('open', () => {
  it('says that a workspace is lost when it is gone or elsewhere', async () => {
    const ref = await bench.workspaces.create(runId, undefined);
    await bench.workspaces.remove(ref);
    await bench.workspaces.remove(ref);

    for (const wrong of [ref, { ...ref, host: 'other' }, { id: '../..', host: 'host' }]) {
      await expect(bench.workspaces.open(wrong)).rejects.toMatchObject({ code: 'workspace_lost' });
    }
  });
});

describe('remove', () => {
  it('deletes links, not what they point to', async () => {
    await putFiles(bench.base, { 'precious/a.txt': 'keep' });
    const ref = await bench.workspaces.create(runId, undefined);
    await symlink(join(bench.base, 'precious'), join(await rootOf(ref), 'link'));

    await bench.workspaces.remove(ref);

    expect(await readFile(join(bench.base, 'precious', 'a.txt'), 'utf8')).toBe('keep');
    expect(await readdir(join(bench.dataFolder, 'workspaces'))).toEqual(['git-configuration']);
  });
});
