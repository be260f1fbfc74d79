import { execa } from 'execa';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';

/** The YAML files of a repository at a commit, or of a folder as it is. */
export interface RepositoryFiles {
  /** Absent for a folder that is no git repository, or has no commit yet. */
  readonly commit?: string;
  /** Text by path, with slashes. */
  readonly files: ReadonlyMap<string, string>;
}

/** Where a repository is, and how it is read. */
export interface RepositoryPlace {
  /** Absolute path of a folder; it may lie inside of a git repository. */
  readonly folder: string;
  /** PATH on which `git` is found. */
  readonly searchPath: string;
}

const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);
/** A playbook of this size is none. Bytes. */
const largestFileBytes = 1024 ** 2;
/** A repository with more YAML than this is not for people to choose from. */
const mostFiles = 10_000;

/** The commit that a folder is at; undefined when it is no git repository or has none. */
export async function commitOf(place: RepositoryPlace): Promise<string | undefined> {
  const { exitCode, stdout } = await git(place, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}

/**
 * Reads every YAML file below the folder: as committed, where it is in a git repository, else as it is.
 * @throws {HoldfastError} not_found when there is no such folder; payload_too_large for more than 10,000 files.
 */
export async function readRepository(place: RepositoryPlace): Promise<RepositoryFiles> {
  const commit = await commitOf(place);
  if (commit === undefined) return { files: await readFolder(place.folder) };
  return { commit, files: await readCommit(place, commit) };
}

async function readCommit(place: RepositoryPlace, commit: string): Promise<Map<string, string>> {
  // Without --full-tree the list is of this folder, with paths relative to it.
  const listed = await git(place, ['ls-tree', '-r', '-z', commit]);
  const blobs = listed.stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, id, path] = /^100(?:644|755) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return id === undefined || path === undefined || !isYaml(path) ? [] : [{ id, path }];
    });
  requireFewFiles(blobs.length);
  const input = blobs.map(({ id }) => `${id}\n`).join('');
  const { stdout } = await git(place, ['cat-file', '--batch'], input);
  const files = new Map<string, string>();
  let position = 0;
  for (const { path } of blobs) {
    const lineEnd = stdout.indexOf(0x0a, position);
    const size = Number(stdout.subarray(position, lineEnd).toString('latin1').split(' ')[2]);
    const start = lineEnd + 1;
    if (size <= largestFileBytes)
      files.set(path, stdout.subarray(start, start + size).toString('utf8'));
    position = start + size + 1;
  }
  return files;
}

/** Reads a file of a folder by its path in it; undefined leaves it out. */
export type ReadFileIn = (folder: string, path: string) => Promise<Buffer | undefined>;

const readPlainly: ReadFileIn = (folder, path) => readFile(join(folder, path));

/**
 * Reads every YAML file below a folder as it is now.
 * @throws {HoldfastError} as `readRepository`.
 */
export async function readFolder(
  folder: string,
  read: ReadFileIn = readPlainly,
): Promise<Map<string, string>> {
  const isThere = await stat(folder).catch(() => undefined);
  if (isThere?.isDirectory() !== true)
    throw new HoldfastError('not_found', `there is no folder ${folder}`);
  const paths: string[] = [];
  for await (const path of yamlPaths(folder, Infinity)) paths.push(path);
  requireFewFiles(paths.length);
  const files = new Map<string, string>();
  for (const path of paths.toSorted()) {
    const text = await read(folder, path);
    if (text !== undefined && text.byteLength <= largestFileBytes)
      files.set(path, text.toString('utf8'));
  }
  return files;
}

const skippedFolders: ReadonlySet<string> = new Set(['node_modules', '.git']);

/** Paths of the YAML files in a folder and, `depth` levels down, in those below it; a folder's files come first. */
export async function* yamlPaths(
  folder: string,
  depth: number,
  at = '',
): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(join(folder, at), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() && isYaml(entry.name)) yield posix.join(at, entry.name);
  }
  if (depth <= 0) return;
  for (const entry of entries) {
    if (entry.isDirectory() && !skippedFolders.has(entry.name))
      yield* yamlPaths(folder, depth - 1, posix.join(at, entry.name));
  }
}

function requireFewFiles(count: number): void {
  if (count <= mostFiles) return;
  throw new HoldfastError('payload_too_large', `${count} YAML files are too many for a catalog`, {
    suggestion: 'name the folder with the playbooks: --repository <folder>',
  });
}

export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: Buffer;
}

/** Runs git where it only looks. */
export async function git(
  { folder, searchPath }: RepositoryPlace,
  args: readonly string[],
  input = '',
): Promise<GitAnswer> {
  // Only looks: no hooks, no file system monitor, no configuration of anybody's.
  const own = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  const { exitCode, stdout } = await execa('git', [...own, ...args], {
    cwd: folder,
    env: {
      PATH: searchPath,
      HOME: '/nonexistent',
      LC_ALL: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_LAZY_FETCH: '1',
    },
    extendEnv: false,
    encoding: 'buffer',
    input,
    maxBuffer: 512 * 1024 ** 2,
    reject: false,
    stripFinalNewline: false,
  });
  return { exitCode: exitCode ?? 128, stdout: Buffer.from(stdout ?? '') };
}
