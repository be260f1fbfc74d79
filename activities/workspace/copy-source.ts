import { lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { runProgram, type CorePrograms } from './git/core-programs.ts';
import { runGit, tryGit, type GitProgram } from './git/git-program.ts';
import { errorCode } from './files/open-at.ts';

/** How large a folder may be that a run works on a copy of. */
export interface SourceLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

const defaultSourceLimits: SourceLimits = { maxBytes: 10 * 1024 ** 3, maxFiles: 1_000_000 };

/**
 * Checks that a folder can be copied and gives its real path.
 * @throws {HoldfastError} invalid_argument, not_found or payload_too_large, saying what to do.
 */
export async function checkSource(
  programs: CorePrograms,
  source: string,
  { dataFolder, limits }: { readonly dataFolder: string; readonly limits: Partial<SourceLimits> },
): Promise<string> {
  if (!isAbsolute(source) || source.includes('\0')) {
    throw new HoldfastError('invalid_argument', 'the workspace must be an absolute path');
  }
  const real = await realFolder(source);
  const data = await realpath(dataFolder).catch(() => dataFolder);
  if (isWithin(real, data) || isWithin(data, real)) {
    throw new HoldfastError(
      'invalid_argument',
      `the workspace ${real} and Holdfast's data folder ${data} lie in one another`,
      { suggestion: 'name the folder of the project itself, or move HOLDFAST_HOME' },
    );
  }
  await checkSize(programs, real, { ...defaultSourceLimits, ...limits });
  return real;
}

async function realFolder(source: string): Promise<string> {
  try {
    const real = await realpath(source);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new HoldfastError('not_found', `the workspace ${source} does not exist`);
    }
    throw new HoldfastError('invalid_argument', `the workspace ${source} cannot be read`, {
      cause: error,
    });
  }
  throw new HoldfastError('invalid_argument', `the workspace ${source} is not a folder`);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === sep || path.startsWith(`${folder}${sep}`);
}

async function checkSize(
  programs: CorePrograms,
  folder: string,
  { maxBytes, maxFiles }: SourceLimits,
): Promise<void> {
  const listing = await runProgram(programs, ['find', '.', '-printf', String.raw`%y %s\n`], {
    cwd: folder,
  });
  let bytes = 0;
  let files = 0;
  for (const line of listing.toString('latin1').split('\n')) {
    if (line.startsWith('b') || line.startsWith('c')) {
      throw new HoldfastError('invalid_argument', `the workspace ${folder} holds a device file`);
    }
    bytes += line.startsWith('f') ? Number(line.slice(2)) : 0;
    files += 1;
  }
  if (bytes <= maxBytes && files <= maxFiles) return;
  throw new HoldfastError(
    'payload_too_large',
    `the workspace ${folder} has ${files} files with ${bytes} bytes; at most ${maxFiles} files and ${maxBytes} bytes can be copied`,
    { suggestion: 'name a smaller folder, or clean up build results' },
  );
}

/** A copy to be made: `tree` is an existing empty folder. */
export interface SourceCopy {
  readonly git: GitProgram;
  readonly source: string;
  readonly tree: string;
}

/**
 * Copies a folder: file contents, permissions, times and links as they are; blocks are shared where the file system can,
 * and no file is ever a hard link to the user's. Of a git repository the history is cloned, without the user's hooks,
 * remotes and configuration, and everything else is copied: uncommitted, untracked and ignored files, and deletions.
 * Changes that were staged are there, but no longer staged. Nothing of the source is executed.
 */
export async function copySource({ git, source, tree }: SourceCopy): Promise<void> {
  const isRepository = await hasHistory(git, source);
  if (isRepository) await cloneHistory({ git, source, tree });
  const except = isRepository ? ['!', '-name', '.git'] : [];
  // find hands over names that are no UTF-8 as they are, and starts cp with as many as fit.
  await runProgram(
    git,
    [
      'find',
      '.',
      '-mindepth',
      '1',
      '-maxdepth',
      '1',
      ...except,
      '-exec',
      ...copy,
      tree,
      '--',
      '{}',
      '+',
    ],
    { cwd: source },
  );
}

/** A `.git` that git cannot read is copied like anything else. */
async function hasHistory(git: GitProgram, source: string): Promise<boolean> {
  if ((await lstatOrUndefined(join(source, '.git'))) === undefined) return false;
  const args = ['rev-parse', '--resolve-git-dir', '.git'];
  return (await tryGit(git, { args, cwd: source })).exitCode === 0;
}

const copy = ['cp', '-dR', '--preserve=mode,timestamps,links', '--reflink=auto', '-t'] as const;

async function cloneHistory({ git, source, tree }: SourceCopy): Promise<void> {
  const folder = join(tree, '.git');
  const here = ['--git-dir', folder];
  const clone = ['clone', '--quiet', '--bare', '--no-hardlinks', '--dissociate', '--template='];
  const environment = { GIT_ALLOW_PROTOCOL: 'file' };
  await runGit(git, { args: [...clone, '--', source, folder], cwd: tree, environment });
  await runGit(git, { args: [...here, 'config', 'core.bare', 'false'], cwd: tree });
  await tryGit(git, { args: [...here, 'config', '--remove-section', 'remote.origin'], cwd: tree });
  // Histories of submodules and the rules of what is ignored are no part of a clone.
  for (const name of ['modules', 'info']) {
    const stats = await lstatOrUndefined(join(source, '.git', name));
    if (stats?.isDirectory() !== true) continue;
    await runProgram(git, [...copy, folder, '--', join(source, '.git', name)], { cwd: source });
  }
  const head = ['rev-parse', '--verify', '--quiet', 'HEAD'];
  if ((await tryGit(git, { args: [...here, ...head], cwd: tree })).exitCode !== 0) return;
  await runGit(git, { args: [...here, '--work-tree', tree, 'read-tree', 'HEAD'], cwd: tree });
}

async function lstatOrUndefined(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    // ENOTDIR: the `.git` of a worktree is a file.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
