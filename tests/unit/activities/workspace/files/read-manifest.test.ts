import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { shellFacts } from '../../../../../activities/commands/shell-facts.ts';
import {
  createManifestReader,
  unreadableManifest,
} from '../../../../../activities/workspace/files/read-manifest.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'manifest-'));
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'real.json'), '{}');
  await writeFile(join(root, 'big.json'), 'x'.repeat(2_000_000));
  await symlink('real.json', join(root, 'link.json'));
  await symlink('../real.json', join(root, 'sub', 'up.json'));
  await symlink('/workspace/sub/up.json', join(root, 'absolute.json'));
  await symlink('sub', join(root, 'folder'));
  await symlink('../../etc/passwd', join(root, 'out.json'));
  await symlink('/etc/passwd', join(root, 'etc.json'));
  await symlink('circle.json', join(root, 'circle.json'));
  await symlink('nothing', join(root, 'dangling.json'));
  execFileSync('mkfifo', [join(root, 'fifo.json')]);
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('createManifestReader', () => {
  it.each([
    'real.json',
    'link.json',
    'sub/up.json',
    'absolute.json',
    'folder/up.json',
    'sub/../real.json',
  ])('reads %s', (path) => {
    expect(createManifestReader(root)(`/workspace/${path}`)).toBe('{}');
  });

  it.each([
    'out.json',
    'etc.json',
    'circle.json',
    'fifo.json',
    'big.json',
    'sub',
    'real.json/x',
    '../x',
  ])('says that %s cannot be read', (path) => {
    expect(createManifestReader(root)(`/workspace/${path}`)).toBe(unreadableManifest);
  });

  it.each([
    '/workspace/none.json',
    '/workspace/dangling.json',
    '/etc/passwd',
    '/workspace',
    'real.json',
  ])('finds nothing at %s', (path) => {
    expect(createManifestReader(root)(path)).toBeUndefined();
  });

  it.each(['npm test', 'make test', 'bash script.sh', '. ./script.sh'])(
    'makes %s a command that is not understood when its file cannot be read',
    async (text) => {
      const { unresolved } = await shellFacts(text, {
        workspaceRoot: '/workspace',
        readManifest: () => unreadableManifest,
      });

      expect(unresolved).not.toEqual([]);
    },
  );
});
