import { openWorkspaceOf } from '../../../activities/workspace/inspect.ts';
import { isWaiting } from '../../../domain/run/status.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { RunDiff } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { diffLines } from '../live/drawing/diff-lines.ts';
import { fileLines } from '../live/final-block.ts';
import { withClient } from '../with-client.ts';
import { localWorkspace } from './local-workspace.ts';
import { pickRun } from './pick-run.ts';

/** Prints what a run changed, or has changed so far when it waits. In a pipe the patch comes byte for byte, so that git can take it. */
export async function showDiff(
  context: CommandContext,
  typed: string | undefined,
  manner: 'patch' | 'stat',
): Promise<void> {
  const { output, terminal, flags } = context;
  await withClient(context, async (client) => {
    const run = await pickRun(context, client, { typed, which: 'still' });
    const { patch, files } = await diffOf(context, client, run);
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

/** What a run that waits has changed is seen in its files; what one changed that has ended is on record. */
async function diffOf(
  context: CommandContext,
  client: HoldfastClient,
  run: string,
): Promise<RunDiff> {
  const { status, runId } = await client.getRun(run);
  if (!isWaiting(status)) return client.diffRun(runId);
  const { workspace } = await client.timeTravel.workspaceOf(runId);
  return openWorkspaceOf(localWorkspace(context, workspace)).diff();
}
