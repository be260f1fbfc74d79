import { z } from 'zod';

import { secretPaths } from '../../../domain/policy/presets.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { look, type CommandRunner } from '../sandboxed-command.ts';
import { ToolError, type Tool } from '../tool.ts';

/** Output that is kept. Bytes. */
const outputBytes = 4 * 1024 * 1024;
/** Longest line that is shown in full: minified files have lines of megabytes. */
const maxColumns = 400;

const schema = z.strictObject({
  pattern: textSchema(1_000)
    .min(1)
    .describe(
      'Regular expression (Rust syntax, matched line by line), or a text when `mode` is literal.',
    ),
  mode: z.enum(['regex', 'literal']).default('regex').describe('How to read the pattern.'),
  letters: z
    .enum(['exact', 'any-case'])
    .default('exact')
    .describe('Whether upper and lower case letters differ.'),
  path: pathSchema.default('.').describe('Folder or file to search, relative to the workspace.'),
  glob: textSchema(200)
    .min(1)
    .optional()
    .describe('Only files whose path matches, such as *.ts or src/**/*.py.'),
  contextLines: z.int().min(0).max(10).default(0).describe('Lines to show around each match.'),
  maxLines: z.int().min(1).max(2_000).default(300).describe('Lines of output at most.'),
});

type SearchTextArguments = z.infer<typeof schema>;

/**
 * Searches with ripgrep, in the sandbox: files are opened by a process that can see nothing but the workspace. Files
 * that policy calls secret by name are left out, because the call is judged by its folder and not file by file.
 */
export function createSearchTextTool(runner: CommandRunner): Tool<SearchTextArguments> {
  return {
    name: 'search_text',
    version: 1,
    access: 'read',
    description:
      'Searches the text of files and shows path, line number and line of each match. Ignored, hidden and binary files are left out; to search a hidden folder name it as `path`.',
    schema,
    prepare: (args, { workspace }) =>
      withPlace(workspace.root, args.path, async (place) => {
        requireSearchable(place);
        return {
          facts: pathFacts('read', [{ path: place.path, operation: 'read' }]),
          preconditions: { path: place.path },
          preview: previewOf(`search ${place.path} for ${args.pattern}`),
          detail: '',
        };
      }),
    perform: async (args, context) => {
      const path = await withPlace(context.workspace.root, args.path, async (place) => {
        requirePreparedPlace(place, context.preconditions);
        return place.path;
      });
      const command = { argv: commandOf(args, path), outputBytes };
      const { exitCode, output } = await look(runner, command, context);
      // 1: nothing found; 2: something went wrong, often in one file only.
      if (exitCode === 1) return { status: 'ok', text: '[no matches]', progress: false };
      if (exitCode !== 0 && output.stdout === '') {
        throw new ToolError('validation_error', output.stderr.trim().slice(0, 2_000));
      }
      return { status: 'ok', text: shown(output.stdout, args.maxLines), progress: false };
    },
  };
}

function commandOf(args: SearchTextArguments, path: string): readonly string[] {
  const glob = args.glob === undefined ? [] : ['--glob', args.glob];
  // A glob of the model would bring hidden files back, so that what is left out has to stand after it.
  const leftOut = ['.*', ...secretPaths].flatMap((secret) => ['--glob', `!${secret}`]);
  const looks = ['--line-number', '--no-heading', '--with-filename', '--color', 'never'];
  const sizes = ['--sort', 'path', '--max-columns', String(maxColumns), '--max-columns-preview'];
  return [
    'rg',
    '--no-config',
    '--no-require-git',
    ...looks,
    ...sizes,
    '--context',
    String(args.contextLines),
    args.mode === 'literal' ? '--fixed-strings' : '--crlf',
    args.letters === 'any-case' ? '--ignore-case' : '--case-sensitive',
    ...glob,
    ...leftOut,
    '--regexp',
    args.pattern,
    '--',
    `./${path}`,
  ];
}

function requireSearchable(place: Place): void {
  if (place.kind === 'missing') throw new ToolError('not_found', `${place.path} does not exist`);
  if (place.kind === 'special')
    throw new ToolError('access_denied', `${place.path} is not a plain file`);
}

function shown(output: string, maxLines: number): string {
  const lines = output.trimEnd().split('\n').map(withoutDot);
  if (lines.length <= maxLines) return lines.join('\n');
  const kept = lines.slice(0, maxLines).join('\n');
  return `${kept}\n[${lines.length - maxLines} or more further lines are not shown: narrow it down with path or glob]`;
}

function withoutDot(line: string): string {
  return line.replace(/^\.\/(?:\.\/)?/, '');
}
