import { ToolError, type TakeBack, type ToolResult } from '../tool.ts';
import { madeFilesSchema, removeMade, stateOfFiles } from './made-files.ts';

const removed: ToolResult = { status: 'ok', text: 'the files are removed again', progress: true };

/** Removes the files that a call made, while all of them are as it left them. */
export const takeBackFiles: TakeBack<unknown> = {
  prepare: async (_args, { workspace }, effect) => {
    const planned = madeFilesSchema.parse(effect.preconditions);
    if ((await stateOfFiles(workspace, planned)) !== 'all') {
      throw new ToolError('conflict', 'the files are not any more as this effect left them');
    }
    const paths = planned.made.map(({ path }) => path);
    return {
      preconditions: planned,
      preview: `remove ${paths.length} files, which were made`,
      detail: paths.map((path) => `remove ${path}`).join('\n'),
    };
  },
  perform: async (_args, { workspace, preconditions }) => {
    await removeMade(workspace, madeFilesSchema.parse(preconditions));
    return removed;
  },
  probe: async (_args, { workspace, preconditions }) => {
    switch (await stateOfFiles(workspace, madeFilesSchema.parse(preconditions))) {
      case 'none':
        return { type: 'happened', result: removed };
      // What is left is removed by the next attempt.
      case 'all':
      case 'some':
        return { type: 'did-not-happen' };
      case 'other':
        return { type: 'no-answer', why: 'a file is neither removed nor as the effect left it' };
    }
  },
};
