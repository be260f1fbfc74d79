import { chmod, lstat, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { removeTree, type ProgramPlace } from './git/core-programs.ts';
import { runGit, tryGit, type GitOutput, type GitProgram } from './git/git-program.ts';
import { keepFiles } from './kept-files.ts';
import { plainAttributes } from './git/shadow.ts';

/** A patch to be taken over into a folder of a person. */
export interface PatchToApply {
  readonly git: GitProgram;
  /** Absolute; the folder the workspace was copied from, or another one like it. */
  readonly target: string;
  readonly patch: Uint8Array;
  /** Existing folder for temporary files. */
  readonly scratch: string;
}

/** What was taken over, or would be. */
export interface AppliedPatch {
  /** Paths that the patch writes or deletes, relative to the target, in the patch's order. */
  readonly files: readonly string[];
  /** True when the folder has all of it already: there is nothing to write. */
  readonly isThere: boolean;
}

/**
 * Takes a patch of a workspace over into a folder: all of it or nothing, and no file that the patch does not name. It
 * runs as the owner of the folder where the worker is root, so that new files are that owner's. Line ends and filters of
 * the folder's own repository are not applied: the result is what the run made, byte for byte. A folder that has all of
 * it already stays as it is.
 *
 * @throws {HoldfastError} conflict naming each file in `details.files`, the folder is as before then; execution_error when
 * writing failed, with the files in `details.lost` that could not be brought back, hardly ever any.
 */
export function applyPatch(request: PatchToApply): Promise<AppliedPatch> {
  const { git, target } = request;
  return withPatch(request, async ({ files, isThere, apply, place, folder }) => {
    if (isThere) return { files, isThere };
    const kept = await keepFiles({ programs: git, place, folder: join(folder, 'kept'), files });
    const done = await apply();
    if (done.exitCode !== 0) throw writingFailed(target, done.stderr, await kept.restore());
    return { files, isThere };
  });
}

/**
 * Says what {@link applyPatch} would do, and changes nothing.
 *
 * @throws {HoldfastError} conflict naming each file in `details.files`.
 */
export function checkPatch(request: PatchToApply): Promise<AppliedPatch> {
  return withPatch(request, async ({ files, isThere }) => ({ files, isThere }));
}

/** A patch that fits its folder, or is there. */
interface FittingPatch extends AppliedPatch {
  readonly apply: (...options: string[]) => Promise<GitOutput>;
  readonly place: ProgramPlace;
  /** For temporary files; gone afterwards. */
  readonly folder: string;
}

async function withPatch(
  request: PatchToApply,
  work: (fitting: FittingPatch) => Promise<AppliedPatch>,
): Promise<AppliedPatch> {
  const { git, target, patch, scratch } = request;
  if (patch.byteLength === 0) return { files: [], isThere: false };
  const { uid, gid } = await ownerOf(target);
  const place: ProgramPlace = { cwd: target, as: { uid, gid } };
  const folder = await mkdtemp(join(scratch, 'apply-'));
  try {
    await chmod(folder, 0o755);
    const repository = await makeRepository(git, folder);
    const options = ['--git-dir', repository, '--work-tree', target];
    const apply = (...more: string[]): Promise<GitOutput> => {
      const args = [...options, 'apply', '-p1', '--whitespace=nowarn', ...more, '-'];
      return tryGit(git, { args, input: patch, ...place });
    };
    const listing = await apply('--numstat', '-z');
    if (listing.exitCode !== 0) throw unusable(listing.stderr);
    const files = patchedFiles(listing.stdout);
    const check = await apply('--check');
    const isThere = check.exitCode !== 0 && (await apply('--check', '--reverse')).exitCode === 0;
    if (check.exitCode !== 0 && !isThere) throw conflictOf(check.stderr, target);
    return await work({ files, isThere, apply, place, folder });
  } finally {
    await removeTree(git, folder);
  }
}

async function ownerOf(target: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const stats = await lstat(target).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    throw new HoldfastError('not_found', `${target} is not a folder`);
  }
  return stats;
}

/** A repository of ours takes the place of the target's, whose settings and attributes then do not count. */
async function makeRepository(git: GitProgram, folder: string): Promise<string> {
  const repository = join(folder, 'repository');
  await runGit(git, {
    args: ['init', '--quiet', '--bare', '--template=', '--', repository],
    cwd: folder,
  });
  await mkdir(join(repository, 'info'), { recursive: true });
  await writeFile(join(repository, 'info', 'attributes'), plainAttributes);
  return repository;
}

function patchedFiles(numstat: Buffer): readonly string[] {
  const entries = numstat.toString('utf8').split('\0');
  const files = entries.map((entry) => entry.split('\t').slice(2).join('\t'));
  return [...new Set(files)].filter((file) => file !== '');
}

function conflictOf(stderr: string, target: string): HoldfastError {
  const lines = stderr.split('\n').filter((line) => line.startsWith('error: '));
  const named = lines.map((line) => /^error: (?:patch failed: )?(.+?)(?::\d+$|: )/.exec(line)?.[1]);
  const files = [...new Set(named.filter((name) => name !== undefined))];
  return new HoldfastError(
    'conflict',
    `the result does not fit ${target} any more; nothing was changed. In conflict: ${files.join(', ')}`,
    {
      suggestion:
        'bring these files back to how they were when the run started, or take the patch over by hand',
      details: { files, git: lines.slice(0, 50) },
    },
  );
}

function writingFailed(target: string, stderr: string, lost: readonly string[]): HoldfastError {
  const state =
    lost.length === 0
      ? 'every file was brought back to how it was'
      : `these files could not be brought back: ${lost.join(', ')}`;
  const why = stderr.trim().slice(0, 500);
  return new HoldfastError('execution_error', `writing to ${target} failed; ${state} (${why})`, {
    details: { lost },
  });
}

function unusable(stderr: string): HoldfastError {
  return new HoldfastError(
    'invalid_argument',
    `this is not a patch: ${stderr.trim().slice(0, 500)}`,
  );
}
