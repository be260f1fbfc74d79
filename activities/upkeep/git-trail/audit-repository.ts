import { stat } from 'node:fs/promises';

import type { Outcome } from '../../../domain/audit/outcome-document.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { canonicalJson, hashText } from '../../../storage/hashing.ts';
import {
  runGit,
  tryGit,
  type GitCommand,
  type GitProgram,
} from '../../workspace/git/git-program.ts';

/** The repository of the user's choice that keeps outcomes readable. */
export interface AuditRepository {
  readonly folder: string;
  readonly git: GitProgram;
  /** Whether this process may act for the owner of the folder. */
  readonly isRoot: boolean;
}

// SAFETY: the configuration of the repository outranks our file, but not the command line: no hook and no key of it is used.
const ours = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['commit.gpgSign', 'false'],
  ['user.name', 'Holdfast'],
  ['user.email', 'holdfast@localhost'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** Marks the commit of an outcome by its contents, so that the same outcome is committed once. */
const digestTrailer = 'Audit-Digest';
/** Names the commit of the outcome that this one replaces. */
const previousTrailer = 'Audit-Previous';

/**
 * Commits one outcome, unless it is committed already. Touches one file, in index and folder: what else is staged or
 * changed there stays as it is. A bare repository has neither.
 *
 * @throws {HoldfastError} unavailable when the repository is missing; execution_error when git refuses, such as for a lock.
 */
export async function commitOutcome(
  repository: AuditRepository,
  { path, document, subject }: Outcome,
): Promise<'committed' | 'was-there'> {
  const run = await openRepository(repository);
  const content = `${canonicalJson(document)}\n`;
  const digest = `${digestTrailer}: ${hashText(content)}`;
  const known = await run.look([
    'log',
    '-1',
    '--format=%H',
    '--fixed-strings',
    `--grep=${digest}`,
    '--',
    path,
  ]);
  if (known !== '') return 'was-there';
  const blob = await run.must(['hash-object', '-w', '--stdin'], content);
  // A history that was written anew has lost the mark, but not the file.
  if ((await run.look(['rev-parse', '--verify', '--quiet', `HEAD:${path}`])) === blob)
    return 'was-there';
  const previous = await run.look(['log', '-1', '--format=%H', '--', path]);
  const trailers = previous === '' ? [digest] : [digest, `${previousTrailer}: ${previous}`];
  const message = `${subject}\n\n${trailers.join('\n')}\n`;
  await (run.isBare ? commitBare : commitInFolder)(run, { path, blob, message });
  return 'committed';
}

interface NewCommit {
  readonly path: string;
  readonly blob: string;
  readonly message: string;
}

async function commitInFolder(
  run: OpenRepository,
  { path, blob, message }: NewCommit,
): Promise<void> {
  await run.must(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  await run.must(['checkout-index', '--force', '--', path]);
  await run.must(
    ['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--file=-', '--only', '--', path],
    message,
  );
}

/** A bare repository has an index only while somebody makes a commit by hand: its branch moves when nobody else moved it. */
async function commitBare(run: OpenRepository, { path, blob, message }: NewCommit): Promise<void> {
  const head = await run.look(['rev-parse', '--verify', '--quiet', 'HEAD']);
  await run.must(['read-tree', ...(head === '' ? ['--empty'] : [head])]);
  await run.must(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  const tree = await run.must(['write-tree']);
  const parents = head === '' ? [] : ['-p', head];
  const commit = await run.must(['commit-tree', tree, ...parents, '-F', '-'], message);
  // Forty zeros stand for a branch that is not there yet.
  await run.must(['update-ref', 'HEAD', commit, head === '' ? '0'.repeat(40) : head]);
}

interface OpenRepository {
  readonly isBare: boolean;
  /** Runs git and gives what it printed, without the last line break. */
  readonly must: (args: readonly string[], input?: string) => Promise<string>;
  /** The same, or an empty text when git finds nothing. */
  readonly look: (args: readonly string[]) => Promise<string>;
}

async function openRepository({ folder, git, isRoot }: AuditRepository): Promise<OpenRepository> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    throw new HoldfastError('unavailable', `there is no folder ${folder}`);
  }
  // What is written there belongs to whom the repository belongs; only root can act for somebody else.
  const { uid, gid } = stats;
  const isOthers = isRoot && uid !== 0;
  const command = (args: readonly string[], input?: string): GitCommand => ({
    args: [...ours, ...args],
    cwd: folder,
    ...(input === undefined ? {} : { input }),
    as: isOthers ? { uid, gid } : undefined,
  });
  const repository = {
    must: async (args: readonly string[], input?: string) =>
      (await runGit(git, command(args, input))).toString('utf8').trimEnd(),
    look: async (args: readonly string[]) => {
      const { exitCode, stdout } = await tryGit(git, command(args));
      return exitCode === 0 ? stdout.toString('utf8').trimEnd() : '';
    },
  };
  const isBare = (await repository.must(['rev-parse', '--is-bare-repository'])) === 'true';
  if (!isBare) await repository.must(['rev-parse', '--show-toplevel']);
  return { ...repository, isBare };
}
