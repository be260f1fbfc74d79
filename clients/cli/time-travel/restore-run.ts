import { openWorkspaceOf } from '../../../activities/workspace/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { isWaiting } from '../../../domain/run/status.ts';
import type { CommandContext } from '../command-context.ts';
import { localWorkspace } from '../runs/local-workspace.ts';
import { pickRun } from '../runs/pick-run.ts';
import { withClient } from '../with-client.ts';

/** Brings the files of a run that is paused or has ended back to an earlier state. */
export async function restoreRun(
  context: CommandContext,
  typed: string | undefined,
  to: 'first' | 'last',
): Promise<void> {
  await withQuietWorkspace(context, typed, async ({ restore }, key) => {
    const files = await restore(to);
    context.output.result({ run: key, to, files }, () =>
      files.length === 0
        ? 'nothing differs from that state\n'
        : `${files.length} ${files.length === 1 ? 'file' : 'files'} brought back\n`,
    );
  });
}

/** Folds the states that are kept of a run's files into one. */
export async function cleanUpRun(
  context: CommandContext,
  typed: string | undefined,
): Promise<void> {
  await withQuietWorkspace(context, typed, async ({ fold }, key) => {
    const states = await fold();
    context.output.result({ run: key, states }, () => `${states} states became one\n`);
  });
}

type OpenedWorkspace = ReturnType<typeof openWorkspaceOf>;

/** Hands over the workspace of a run that changes nothing meanwhile. */
async function withQuietWorkspace(
  context: CommandContext,
  typed: string | undefined,
  use: (workspace: OpenedWorkspace, key: string) => Promise<void>,
): Promise<void> {
  await withClient(context, async (client) => {
    const run = await pickRun(context, client, { typed, which: 'all' });
    const { workspace, isQuiet, status, key } = await client.timeTravel.workspaceOf(run);
    if (!isQuiet) {
      const does = isWaiting(status)
        ? 'waits for a person and goes on in its files when that is decided'
        : 'is working in its files';
      throw new HoldfastError('conflict', `run ${key} ${does}`, {
        suggestion: `pause it first: holdfast runs pause ${key}`,
      });
    }
    await use(openWorkspaceOf(localWorkspace(context, workspace)), key);
  });
}
