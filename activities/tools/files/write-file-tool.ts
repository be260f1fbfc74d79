import { z } from 'zod';

import { pathSchema, textSchema } from '../argument-schemas.ts';
import type { Tool } from '../tool.ts';
import {
  fileEffect,
  performChange,
  prepareChange,
  probeChange,
  type FileChange,
} from './change-file.ts';
import { takeBackChange } from './take-back-change.ts';

/** Longest content of one call. UTF-16 units. */
const maxContent = 1_000_000;

const schema = z.strictObject({
  path: pathSchema.describe('File to write, relative to the workspace. Missing folders are made.'),
  content: textSchema(maxContent).describe('The whole new content of the file.'),
});

type WriteFileArguments = z.infer<typeof schema>;

/** Writes a whole file, new or not. */
export const writeFileTool: Tool<WriteFileArguments> = {
  name: 'write_file',
  version: 1,
  access: 'change',
  description:
    'Writes a whole file: makes it, or replaces all of its content. To change a part of a file use edit_file.',
  schema,
  changes: 'one-file',
  effect: fileEffect,
  prepare: (args, context) => prepareChange(changeOf(args), context),
  perform: (args, context) => performChange(changeOf(args), context),
  probe: (args, context) => probeChange(changeOf(args), context),
  takeBack: takeBackChange,
};

function changeOf({ path, content }: WriteFileArguments): FileChange {
  return {
    path,
    verb: 'write',
    newContent: () => Buffer.from(content, 'utf8'),
    report: (before, after) =>
      `${before === null ? 'made' : 'replaced'} ${path}: ${after.byteLength} bytes`,
  };
}
