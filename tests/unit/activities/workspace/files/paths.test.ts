import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ToolError } from '../../../../../activities/tools/tool.ts';
import { withPlace } from '../../../../../activities/workspace/files/paths.ts';
import { readWhole } from '../../../../../activities/workspace/files/read-file.ts';

let base: string;
let root: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'paths-'));
  root = join(base, 'tree');
  await mkdir(join(root, 'src', 'deep'), { recursive: true });
  await writeFile(join(root, 'src', 'a.txt'), 'inside');
  await writeFile(join(base, 'secret.txt'), 'outside');
});

afterEach(() => rm(base, { recursive: true, force: true }));

const read = (path: string): Promise<string> =>
  withPlace(root, path, async (place) => (await readWhole(place, 1_000)).toString());
const placeOf = (path: string) =>
  withPlace(root, path, async ({ path: found, kind, missingFolders }) => ({
    found,
    kind,
    missingFolders,
  }));
const codeIn = (error: unknown): string =>
  error instanceof ToolError ? error.code : String(error);
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(() => 'no error', codeIn);

describe('withPlace', () => {
  it.each([
    ['src/a.txt', 'src/a.txt'],
    ['./src//deep/../a.txt', 'src/a.txt'],
    ['/workspace/src/a.txt', 'src/a.txt'],
    ['.', '.'],
    ['/workspace', '.'],
    ['src/..', '.'],
  ])('resolves %s', async (path, found) => {
    expect((await placeOf(path)).found).toBe(found);
  });

  it('takes the absolute path of the workspace itself', async () => {
    expect(await read(join(root, 'src/a.txt'))).toBe('inside');
  });

  it('names the folders that do not exist yet', async () => {
    expect(await placeOf('src/new/more/b.txt')).toEqual({
      found: 'src/new/more/b.txt',
      kind: 'missing',
      missingFolders: ['new', 'more'],
    });
  });

  it.each([
    '../secret.txt',
    'src/../../secret.txt',
    '/etc/passwd',
    '..',
    '/',
    '/workspace/../etc',
    '/workspaces/x',
  ])('refuses %s, which leaves the workspace', async (path) => {
    expect(await codeOf(read(path))).toBe('access_denied');
  });

  it('follows links inside the workspace', async () => {
    await symlink('src', join(root, 'link'));
    await symlink('../src/a.txt', join(root, 'src', 'again.txt'));
    await symlink('/workspace/src/a.txt', join(root, 'absolute.txt'));

    expect((await placeOf('link/a.txt')).found).toBe('src/a.txt');
    expect(await read('src/again.txt')).toBe('inside');
    expect(await read('absolute.txt')).toBe('inside');
  });

  it('refuses links that leave the workspace', async () => {
    await symlink('../secret.txt', join(root, 'file'));
    await symlink('..', join(root, 'folder'));
    await symlink('/etc', join(root, 'etc'));
    await symlink('file', join(root, 'twice'));

    for (const path of ['file', 'folder/secret.txt', 'etc/passwd', 'twice']) {
      expect([path, await codeOf(read(path))]).toEqual([path, 'access_denied']);
    }
  });

  it('ends at links that go round in a circle', async () => {
    await symlink('b', join(root, 'a'));
    await symlink('a', join(root, 'b'));

    expect(await codeOf(read('a'))).toBe('access_denied');
  });

  it('refuses FIFOs, sockets and devices without waiting for them', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    await symlink('/dev/zero', join(root, 'zero'));
    const server = createServer().listen(join(root, 'socket'));
    await once(server, 'listening');

    expect(await codeOf(read('fifo'))).toBe('access_denied');
    expect(await codeOf(read('socket'))).toBe('access_denied');
    expect(await codeOf(read('zero'))).toBe('access_denied');
    server.close();
  });

  it('tells bad names from missing files', async () => {
    expect(await codeOf(read('a\0b'))).toBe('validation_error');
    expect(await codeOf(read('x'.repeat(300)))).toBe('validation_error');
    expect(await codeOf(read('d/'.repeat(400)))).toBe('validation_error');
    expect(await codeOf(read('nothing.txt'))).toBe('not_found');
    expect(await codeOf(read('src/a.txt/b'))).toBe('not_found');
    expect(await codeOf(read('none/../src/a.txt'))).toBe('not_found');
    expect(await codeOf(read('src'))).toBe('validation_error');
  });

  it('says that the workspace is lost when its folder is gone', async () => {
    await rm(root, { recursive: true });

    await expect(read('src/a.txt')).rejects.toMatchObject({ code: 'workspace_lost' });
  });

  it('never reads outside while a process swaps a folder for a link', async () => {
    await mkdir(join(base, 'evil'));
    await writeFile(join(base, 'evil', 'a.txt'), 'outside');
    await mkdir(join(root, 'spare'));
    await writeFile(join(root, 'spare', 'a.txt'), 'inside');
    await symlink(join(base, 'evil'), join(root, 'trap'));
    // A program, because a shell that starts mv is too slow to meet the moment between a look and an open.
    const swap = `const { renameSync } = require('node:fs');
      process.stdout.write('started');
      for (;;) {
        renameSync('src', 'keep'); renameSync('trap', 'src');
        renameSync('src', 'trap'); renameSync('keep', 'src');
      }`;
    const swapper = spawn('node', ['-e', swap], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(swapper.stdout, 'data');
    const ended = once(swapper, 'close');

    const seen = new Set<string>();
    try {
      for (let round = 0; round < 2_000; round += 1) {
        seen.add(await read('src/a.txt').catch((error: unknown) => codeIn(error)));
      }
    } finally {
      swapper.kill('SIGKILL');
      await ended;
    }

    const harmless = new Set(['inside', 'access_denied', 'not_found', 'validation_error']);
    expect([...seen].filter((what) => !harmless.has(what))).toEqual([]);
    // Two thousand rounds take a second, and much longer where other programs want the processors too.
  }, 60_000);

  it('closes every folder it opened', async () => {
    const before = (await readdir('/proc/self/fd')).length;

    for (let round = 0; round < 20; round += 1) await codeOf(read('src/deep/../nothing/x'));

    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before);
  });
});
