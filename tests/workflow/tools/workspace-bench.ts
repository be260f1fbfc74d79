import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { execa } from 'execa';

import { createSlots } from '../../../activities/workspace/git/slots.ts';
import {
  createWorkspaces,
  type Workspaces,
  type WorkspacesOptions,
} from '../../../activities/workspace/workspaces.ts';

/** Folders for one test: a person's project and the data folder of a host. */
export interface WorkspaceBench {
  readonly base: string;
  readonly source: string;
  readonly dataFolder: string;
  readonly workspaces: Workspaces;
  /** Another worker on the same host. */
  readonly again: (more?: Partial<WorkspacesOptions>) => Promise<Workspaces>;
  readonly close: () => Promise<void>;
}

/** User id that owns workspaces of tests where they run as root. */
export const testUid = 1_879_048_200;

export async function createWorkspaceBench(): Promise<WorkspaceBench> {
  const base = await mkdtemp(join(tmpdir(), 'workspace-'));
  await chmod(base, 0o755);
  const [source, dataFolder] = [join(base, 'project'), join(base, 'home')];
  await mkdir(source);
  await mkdir(dataFolder);
  const again: WorkspaceBench['again'] = (more = {}) =>
    createWorkspaces({
      root: join(dataFolder, 'workspaces'),
      hostName: 'host',
      allocateUid: () => testUid,
      dataFolder,
      searchPath: process.env['PATH'] ?? '',
      gitSlots: createSlots(5),
      ...more,
    });
  const close = () => rm(base, { recursive: true, force: true });
  return { base, source, dataFolder, workspaces: await again(), again, close };
}

/** Runs a shell text with git of a person who has never set anything up. */
export async function shell(cwd: string, text: string): Promise<string> {
  const { stdout } = await execa('bash', ['-euc', text], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@localhost',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@localhost',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    },
    extendEnv: false,
  });
  return stdout;
}

/** Writes files below a folder, with their folders. */
export async function putFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Every entry below a folder with its permissions and content, `.git` left out unless asked for. */
export async function treeOf(
  folder: string,
  git: 'without-git' | 'with-git' = 'without-git',
): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  const walk = async (path: string): Promise<void> => {
    for (const name of await readdir(join(folder, path))) {
      if (name === '.git' && git === 'without-git') continue;
      const inner = join(path, name);
      const stats = await lstat(join(folder, inner));
      if (stats.isDirectory()) await walk(inner);
      else entries[inner] = await describe(join(folder, inner), stats);
    }
  };
  await walk('.');
  return entries;
}

async function describe(path: string, stats: Awaited<ReturnType<typeof lstat>>): Promise<string> {
  if (stats.isSymbolicLink()) return `link ${await readlink(path)}`;
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 12);
  return `${(Number(stats.mode) & 0o777).toString(8)} ${hash}`;
}
