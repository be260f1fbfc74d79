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
import { lineAt, replaceExactly } from './replace-exactly.ts';
import { takeBackChange } from './take-back-change.ts';

/** Longest text to find or to put in its place. UTF-16 units. */
const maxText = 200_000;

const schema = z.strictObject({
  path: pathSchema.describe('File to change, relative to the workspace.'),
  oldText: textSchema(maxText)
    .min(1)
    .describe(
      'Text to replace, exactly as it stands in the file, with its indentation and without line numbers. Take enough lines to make it unique.',
    ),
  newText: textSchema(maxText).describe('Text to put in its place; empty deletes it.'),
  count: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('How often oldText stands in the file; all of them are replaced. Default 1.'),
});

type EditFileArguments = z.infer<typeof schema>;

/** Replaces a text that stands in a file exactly as often as said. */
export const editFileTool: Tool<EditFileArguments> = {
  name: 'edit_file',
  version: 1,
  access: 'change',
  description:
    'Replaces an exact text in a file. The text must stand there exactly once, or `count` times. Read the file first.',
  schema,
  changes: 'one-file',
  effect: fileEffect,
  prepare: (args, context) => prepareChange(changeOf(args), context),
  perform: (args, context) => performChange(changeOf(args), context),
  probe: (args, context) => probeChange(changeOf(args), context),
  takeBack: takeBackChange,
};

function changeOf(args: EditFileArguments): FileChange {
  return {
    path: args.path,
    verb: 'edit',
    newContent: (before) => replaceExactly(before, args),
    report: (before, after) => {
      const times = args.count === 1 ? 'once' : `${args.count} times`;
      return `replaced ${times} in ${args.path}, first at line ${lineAt(before, after)}`;
    },
  };
}
