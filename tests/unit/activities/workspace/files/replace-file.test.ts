import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { withPlace } from '../../../../../activities/workspace/files/paths.ts';
import {
  replaceFile,
  type Replacement,
} from '../../../../../activities/workspace/files/replace-file.ts';
import { hashText } from '../../../../../storage/hashing.ts';

let base: string;
let root: string;
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'replace-'));
  root = join(base, 'tree');
  await mkdir(root);
});

afterEach(() => rm(base, { recursive: true, force: true }));

const write = (path: string, content: string, more: Partial<Replacement> = {}): Promise<void> =>
  withPlace(root, path, (place) =>
    replaceFile(place, {
      content: Buffer.from(content),
      before: null,
      owner,
      callId: 'call',
      ...more,
    }),
  );

describe('replaceFile', () => {
  it('makes a file and the folders above it', async () => {
    await write('a/b/c.txt', 'new');

    expect(await readFile(join(root, 'a/b/c.txt'), 'utf8')).toBe('new');
    expect(await readdir(join(root, 'a/b'))).toEqual(['c.txt']);
  });

  it('keeps the permissions and drops set-user-id', async () => {
    await writeFile(join(root, 'run.sh'), 'old');
    await chmod(join(root, 'run.sh'), 0o4751);

    await write('run.sh', 'new', { before: hashText('old') });

    expect((await stat(join(root, 'run.sh'))).mode & 0o7777).toBe(0o751);
  });

  it('changes nothing when the file is not as expected', async () => {
    await writeFile(join(root, 'a.txt'), 'somebody else');

    await expect(write('a.txt', 'new', { before: hashText('old') })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(write('a.txt', 'new')).rejects.toMatchObject({ code: 'conflict' });
    await expect(write('gone.txt', 'new', { before: hashText('old') })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('somebody else');
    expect(await readdir(root)).toEqual(['a.txt']);
  });

  it('notices a change made between the temporary file and the rename', async () => {
    await writeFile(join(root, 'a.txt'), 'old');

    const writing = write('a.txt', 'new', {
      before: hashText('old'),
      pauseAt: () => writeFile(join(root, 'a.txt'), 'in between'),
    });

    await expect(writing).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('in between');
  });

  it('leaves a hard link elsewhere as it was', async () => {
    await writeFile(join(base, 'outside.txt'), 'old');
    await link(join(base, 'outside.txt'), join(root, 'a.txt'));

    await write('a.txt', 'new', { before: hashText('old') });

    expect(await readFile(join(base, 'outside.txt'), 'utf8')).toBe('old');
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('new');
  });

  it('never writes through a link that is put in place at the last moment', async () => {
    await writeFile(join(base, 'outside.txt'), 'old');
    await writeFile(join(root, 'a.txt'), 'old');

    const writing = write('a.txt', 'new', {
      before: hashText('old'),
      pauseAt: async () => {
        await rm(join(root, 'a.txt'));
        await symlink('../outside.txt', join(root, 'a.txt'));
      },
    });

    await expect(writing).rejects.toMatchObject({ code: 'access_denied' });
    expect(await readFile(join(base, 'outside.txt'), 'utf8')).toBe('old');
  });

  it('makes no folder outside when a link takes the place of a new one', async () => {
    await mkdir(join(base, 'outside'));
    await symlink('../outside', join(root, 'new'));

    await expect(write('new/a.txt', 'new')).rejects.toMatchObject({ code: 'access_denied' });
    expect(await readdir(join(base, 'outside'))).toEqual([]);
  });

  it('lets only one of two attempts of a call rename its file', async () => {
    await writeFile(join(root, 'a.txt'), 'old');
    const before = hashText('old');

    const frozen = write('a.txt', 'new', {
      before,
      // While this attempt stands still another one does the work, and somebody takes it back.
      pauseAt: async () => {
        await write('a.txt', 'new', { before });
        await writeFile(join(root, 'a.txt'), 'old');
      },
    });

    await expect(frozen).rejects.toMatchObject({ code: 'not_found' });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('old');
  });

  it('leaves the file whole when its process is killed, and the next attempt cleans up', async () => {
    await writeFile(join(root, 'a.txt'), 'old');
    const script = fileURLToPath(new URL('./pause-writing.mts', import.meta.url));
    const before = hashText('old');
    const writer = spawn('node', ['--import', 'tsx', script, root, 'a.txt', 'new', before], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    await once(writer.stdout, 'data');
    const ended = once(writer, 'close');

    writer.kill('SIGKILL');
    await ended;

    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('old');
    expect(await readdir(root)).toHaveLength(2);
    await write('a.txt', 'new', { before });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('new');
    expect(await readdir(root)).toEqual(['a.txt']);
  }, 20_000);
});
