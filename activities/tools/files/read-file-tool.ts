import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { withPlace } from '../../workspace/files/paths.ts';
import { withFile, type OpenFile } from '../../workspace/files/read-file.ts';
import { pathSchema } from '../argument-schemas.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import { ToolError, type Tool } from '../tool.ts';
import { binaryKind, sampleBytes } from './file-kind.ts';
import { readLines, type ReadLines } from './read-lines.ts';

/** Lines shown when no number is asked for. */
const defaultLines = 2_000;

const schema = z.strictObject({
  path: pathSchema.describe('File to read, relative to the workspace.'),
  firstLine: z.int().min(1).default(1).describe('First line to show, counted from 1.'),
  lineCount: z.int().min(1).max(10_000).default(defaultLines).describe('How many lines to show.'),
});

type ReadFileArguments = z.infer<typeof schema>;

/** Reads a text file with line numbers; a binary file by size and type only. */
export const readFileTool: Tool<ReadFileArguments> = {
  name: 'read_file',
  version: 1,
  access: 'read',
  description:
    'Reads a text file. Each line is shown as its number, a tab and the text; the number and the tab are no part of the file.',
  schema,
  prepare: ({ path, firstLine, lineCount }, { workspace }) =>
    withPlace(workspace.root, path, (place) =>
      // Opened here too, so that what cannot be read is told before it is judged.
      withFile(place, async () => ({
        facts: pathFacts('read', [{ path: place.path, operation: 'read' }]),
        preconditions: { path: place.path },
        preview: previewOf(
          firstLine === 1 && lineCount === defaultLines
            ? `read ${place.path}`
            : `read ${place.path}, lines ${firstLine} to ${firstLine + lineCount - 1}`,
        ),
        detail: '',
      })),
    ),
  perform: (args, { workspace, preconditions }) =>
    withPlace(workspace.root, args.path, async (place) => {
      requirePreparedPlace(place, preconditions);
      const text = await withFile(place, (file) => describe(file, args));
      return { status: 'ok', text, progress: false };
    }),
};

async function describe(
  file: OpenFile,
  { path, firstLine, lineCount }: ReadFileArguments,
): Promise<string> {
  const kind = await kindOf(file);
  if (kind !== undefined) return `[${kind}, ${file.bytes} bytes; its content is not shown]`;
  const read = await readLines(file.handle, { first: firstLine, count: lineCount });
  if (read.total === 0) return '[the file is empty]';
  if (read.lines.length === 0) {
    throw new ToolError(
      'validation_error',
      `${path} has ${read.total ?? 0} lines: line ${firstLine} is past its end`,
    );
  }
  return [...numbered(read.lines, firstLine), ...remarks(read, firstLine)].join('\n');
}

async function kindOf({ handle }: OpenFile): Promise<string | undefined> {
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(sampleBytes),
    position: 0,
  });
  return binaryKind(buffer.subarray(0, bytesRead));
}

function numbered(lines: readonly string[], first: number): readonly string[] {
  return lines.map(
    (line, index) => `${first + index}\t${line.endsWith('\r') ? line.slice(0, -1) : line}`,
  );
}

function remarks(read: ReadLines, first: number): readonly string[] {
  const notes: string[] = [];
  if (read.hasMore) {
    const next = first + read.lines.length;
    notes.push(`[the file goes on: ask for firstLine ${next} to see more]`);
  }
  if (read.hasReplacements) {
    notes.push('[the file is not valid UTF-8: \u{FFFD} stands for bytes that cannot be shown]');
  }
  if (read.lines.some((line) => line.endsWith('\r'))) notes.push('[lines end with CR LF]');
  return notes;
}
