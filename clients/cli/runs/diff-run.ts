import type { CommandContext } from '../command-context.ts';
import { diffLines } from '../live/drawing/diff-lines.ts';
import { fileLines } from '../live/final-block.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';

/** Prints what a run changed. In a pipe the patch comes byte for byte, so that git can take it. */
export async function showDiff(
  context: CommandContext,
  typed: string | undefined,
  manner: 'patch' | 'stat',
): Promise<void> {
  const { output, terminal, flags } = context;
  await withClient(context, async (client) => {
    const run = await pickRun(context, client, { typed, which: 'ended' });
    const { patch, files } = await client.diffRun(run);
    const isJson = flags().json;
    if (!isJson && manner === 'patch' && !terminal.stdout) {
      context.writeBytes(patch);
      return;
    }
    const document = {
      files,
      ...(manner === 'stat' ? {} : { patch: Buffer.from(patch).toString('base64') }),
      ...(manner === 'stat' ? {} : { encoding: 'base64' }),
    };
    output.result(document, (styles) => {
      if (files.length === 0) return 'nothing was changed\n';
      const lines =
        manner === 'stat'
          ? fileLines(files, styles)
          : diffLines(Buffer.from(patch).toString('utf8'), styles);
      return `${lines.join('\n')}\n`;
    });
  });
}
