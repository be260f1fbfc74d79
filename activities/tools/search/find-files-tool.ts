import { z } from 'zod';

import { compileGlob, type Glob } from '../../../domain/policy/patterns/glob.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { look, type CommandRunner } from '../sandboxed-command.ts';
import { ToolError, type Tool } from '../tool.ts';

const schema = z.strictObject({
  pattern: textSchema(200)
    .min(1)
    .describe(
      'Glob with *, **, ?, [ ] and { }, such as **/*.test.ts; without a slash it is matched against file names.',
    ),
  path: pathSchema.default('.').describe('Folder to look in, relative to the workspace.'),
  ignored: z
    .enum(['skip', 'include'])
    .default('skip')
    .describe('Whether files that .gitignore names are looked at too.'),
  maxFiles: z.int().min(1).max(5_000).default(500).describe('Paths to show at most.'),
});

type FindFilesArguments = z.infer<typeof schema>;

/** Finds files by name. Names are listed by ripgrep in the sandbox and matched here, in linear time. */
export function createFindFilesTool(runner: CommandRunner): Tool<FindFilesArguments> {
  return {
    name: 'find_files',
    version: 1,
    access: 'read',
    description:
      'Finds files by a glob over their path, sorted by path. Ignored files are left out.',
    schema,
    prepare: ({ pattern, path }, { workspace }) =>
      withPlace(workspace.root, path, async (place) => {
        requireFolder(place);
        globOf(pattern);
        return {
          facts: pathFacts('read', [{ path: place.path, operation: 'read' }]),
          preconditions: { path: place.path },
          preview: previewOf(`find ${pattern} in ${place.path}`),
          detail: '',
        };
      }),
    perform: async ({ pattern, path, ignored, maxFiles }, context) => {
      const folder = await withPlace(context.workspace.root, path, async (place) => {
        requirePreparedPlace(place, context.preconditions);
        requireFolder(place);
        return place.path;
      });
      const { output } = await look(
        runner,
        { argv: commandOf(folder, ignored), sees: 'all' },
        context,
      );
      const glob = globOf(pattern);
      const found = output.stdout
        .split('\0')
        .map((file) => file.replace(/^(?:\.\/)+/, ''))
        .filter((file) => file !== '' && matches(glob, pattern, { file, folder }))
        .toSorted();
      return { status: 'ok', text: shown(found, maxFiles, output.isTruncated), progress: false };
    },
  };
}

function globOf(pattern: string): Glob {
  const glob = compileGlob(pattern);
  if (glob === undefined)
    throw new ToolError('validation_error', 'the pattern has too many alternatives');
  return glob;
}

/** A pattern without a slash means the file's name; any other the path below the folder that was asked for. */
function matches(
  glob: Glob,
  pattern: string,
  { file, folder }: { readonly file: string; readonly folder: string },
): boolean {
  if (!pattern.includes('/')) return glob.matches(file.slice(file.lastIndexOf('/') + 1));
  const below = folder === '.' ? file : file.slice(folder.length + 1);
  return glob.matches(below) || glob.matches(file);
}

function commandOf(folder: string, ignored: FindFilesArguments['ignored']): readonly string[] {
  const rules = ignored === 'include' ? ['--no-ignore'] : ['--no-require-git'];
  return [
    'rg',
    '--no-config',
    '--files',
    '--hidden',
    '--null',
    ...rules,
    '--glob',
    '!.git',
    '--',
    `./${folder}`,
  ];
}

function requireFolder(place: Place): void {
  if (place.kind === 'missing') throw new ToolError('not_found', `${place.path} does not exist`);
  if (place.kind !== 'folder')
    throw new ToolError('validation_error', `${place.path} is not a folder`);
}

function shown(found: readonly string[], maxFiles: number, isTruncated: boolean): string {
  if (found.length === 0) return '[no files]';
  const lines = found.slice(0, maxFiles);
  const left = found.length - lines.length;
  if (left > 0) lines.push(`[${left} further files are not shown: narrow it down]`);
  if (isTruncated)
    lines.push('[there are too many files to look at them all: name a folder as path]');
  return lines.join('\n');
}
