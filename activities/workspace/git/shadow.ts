import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { giveTree, runProgram } from './core-programs.ts';
import { runGit, tryGit } from './git-program.ts';
import { ToolError } from '../../tools/tool.ts';
import { withPlace, type Place } from '../files/paths.ts';
import { readWhole } from '../files/read-file.ts';
import {
  baselineRef,
  ignoreRulesName,
  onShadow,
  placeOf,
  shadowGit,
  type Shadow,
} from './shadow-repository.ts';
import { closedFolder, listBaseline, takeSnapshot } from './snapshot.ts';

/** Everything that changed since a workspace was made. */
export interface WorkspaceDiff {
  /** In git's format, new and binary files included; empty when nothing changed. */
  readonly patch: Uint8Array;
  /** Sorted by path. */
  readonly files: readonly ChangedFile[];
  /** Git's hash of the tree. */
  readonly tree: string;
  /** Files that their own permissions hide: what changed in them is not known. */
  readonly unreadable: readonly string[];
}

interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted';
  /** Lines; null for binary files. */
  readonly added: number | null;
  readonly removed: number | null;
}

/**
 * Content is taken as it is, whatever attributes the tree asks for: no line ends, filters, keywords or encodings.
 */
export const plainAttributes = '* -text -eol -ident -filter -working-tree-encoding !diff !merge\n';

/** What programs write for themselves beside the code: never part of a result, whatever the source ignores. */
const leftovers = ['__pycache__/', '*.pyc', '.pytest_cache/', '.mypy_cache/', '.ruff_cache/'];

/** Largest file of ignore rules. Bytes. */
const maxRuleBytes = 1024 * 1024;

/** Written before git makes the repository around it, which keeps what it finds: five processes less. */
const shadowConfiguration = `[core]
\tcompression = 1
\tsymlinks = true
\tfileMode = true
\tprotectNTFS = false
\tprotectHFS = false
`;

/** Makes the shadow repository with the baseline of the tree as it is now. Its folder does not exist yet. */
export async function createShadow(shadow: Shadow): Promise<void> {
  const { git, folder, workspace } = shadow;
  await mkdir(join(folder, 'info'), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, ignoreRulesName));
  await writeFile(join(folder, 'info', 'attributes'), plainAttributes);
  await writeFile(join(folder, 'info', 'exclude'), await excludeRules(workspace.root));
  await writeFile(join(folder, 'config'), shadowConfiguration);
  await giveTree(git, folder, workspace);
  await runGit(git, {
    args: ['init', '--quiet', '--bare', '--template=', '--', folder],
    ...placeOf(shadow),
  });
  // Nobody has been in the workspace yet, so what is empty stays empty: each process less lets runs start sooner.
  const isEmpty = (await readdir(workspace.root)).length === 0;
  await (isEmpty ? commitNothing(shadow) : commitTree(shadow));
}

const baselineMessage = 'The tree as the run found it';

/** Makes the baseline of an empty tree by one process. */
async function commitNothing(shadow: Shadow): Promise<void> {
  const commit = [
    `commit ${baselineRef}`,
    'committer Holdfast <holdfast@localhost> 946684800 +0000',
    `data ${baselineMessage.length}`,
    baselineMessage,
    '',
  ].join('\n');
  await runGit(shadow.git, onShadow(shadow, ['fast-import', '--quiet'], { input: commit }));
}

async function commitTree(shadow: Shadow): Promise<void> {
  await keepIgnoreRules(shadow);
  const { tree } = await takeSnapshot(shadow, await listTracked(shadow));
  const commit = await runGit(
    shadow.git,
    onShadow(shadow, ['commit-tree', '-m', baselineMessage, tree], {
      environment: {
        GIT_AUTHOR_DATE: '2000-01-01T00:00:00Z',
        GIT_COMMITTER_DATE: '2000-01-01T00:00:00Z',
      },
    }),
  );
  await shadowGit(shadow, 'update-ref', baselineRef, commit.toString('latin1').trim());
}

const diffTree = [
  'diff-tree',
  '-r',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
];

/** Compares the workspace with its baseline. */
export async function shadowDiff(shadow: Shadow): Promise<WorkspaceDiff> {
  const { tree, unreadable } = await takeSnapshot(shadow, await listBaseline(shadow));
  const compare = (...format: string[]): Promise<Buffer> =>
    shadowGit(shadow, ...diffTree, ...format, `${baselineRef}^{tree}`, tree);
  const raw = await compare('--raw', '-z');
  const lines = await compare('--numstat', '-z');
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/'];
  const patch = await compare('-p', '--binary', '--full-index', ...prefixes);
  return { patch, files: changedFiles(raw, lines), tree, unreadable };
}

const skipGit = ['-name', '.git', '-prune', '-o'];
const skipClosed = [...closedFolder, '-prune', '-o'];
const ignoreFiles = [...skipGit, ...skipClosed, '-type', 'f', '-name', '.gitignore', '-readable'];

/** Copies what says which files are ignored, so that no later edit of it hides a file. */
async function keepIgnoreRules(shadow: Shadow): Promise<void> {
  const { git, folder } = shadow;
  const place = placeOf(shadow);
  const rules = join(folder, ignoreRulesName);
  const copyAll = ['-exec', 'cp', '--parents', '-t', rules, '--', '{}', '+'];
  await runProgram(git, ['find', '.', ...ignoreFiles, ...copyAll], place);
}

/** The repository's own rules that are no file of the tree, and ours. */
async function excludeRules(root: string): Promise<string> {
  const own = await withPlace(root, '.git/info/exclude', readRules).catch((error: unknown) => {
    if (error instanceof ToolError) return '';
    throw error;
  });
  return `${own}\n${leftovers.join('\n')}\n`;
}

async function readRules(place: Place): Promise<string> {
  return (await readWhole(place, maxRuleBytes)).toString('utf8');
}

/** Paths that the workspace's own repository tracks: they count even where a rule ignores them. */
async function listTracked(shadow: Shadow): Promise<ReadonlySet<string>> {
  const listing = await tryGit(shadow.git, {
    args: ['--git-dir', '.git', 'ls-files', '-z', '--cached'],
    ...placeOf(shadow),
  });
  if (listing.exitCode !== 0) return new Set();
  return new Set(listing.stdout.toString('latin1').split('\0'));
}

function changedFiles(raw: Buffer, lines: Buffer): readonly ChangedFile[] {
  const counts = new Map<string, readonly [string, string]>();
  for (const entry of lines.toString('latin1').split('\0')) {
    const [added, removed, ...path] = entry.split('\t');
    if (added !== undefined && removed !== undefined) counts.set(path.join('\t'), [added, removed]);
  }
  const fields = raw.toString('latin1').split('\0');
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const path = fields[index + 1] ?? '';
    const [added = '-', removed = '-'] = counts.get(path) ?? [];
    files.push({
      path: Buffer.from(path, 'latin1').toString('utf8'),
      status: statusOf((fields[index] ?? '').at(-1)),
      added: added === '-' ? null : Number(added),
      removed: removed === '-' ? null : Number(removed),
    });
  }
  return files;
}

function statusOf(letter: string | undefined): ChangedFile['status'] {
  if (letter === 'A') return 'added';
  return letter === 'D' ? 'deleted' : 'modified';
}
