import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { applyPatchTo } from '../../../activities/workspace/inspect.ts';
import type { CommandContext } from '../command-context.ts';
import { fileLines } from '../live/final-block.ts';
import { wrongUse } from '../wrong-use.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';

/** Options of `runs apply` as commander gives them. */
export interface ApplyOptions {
  readonly workspace?: string;
  readonly yes?: boolean;
}

/**
 * Takes over what a run changed into a folder of the person: all of it, or nothing.
 *
 * @throws {HoldfastError} conflict that names each file which does not fit any more.
 */
export async function applyRun(
  context: CommandContext,
  typed: string | undefined,
  options: ApplyOptions,
): Promise<void> {
  const { output, workingFolder } = context;
  await withClient(context, async (client) => {
    const run = await client.getRun(await pickRun(context, client, { typed, which: 'ended' }));
    const { patch, files } = await client.diffRun(run.runId);
    const folder = options.workspace ?? run.request.workspace;
    if (folder === undefined) {
      throw wrongUse(
        `run ${run.key} began with an empty folder: say where its files should go`,
        `holdfast runs apply ${run.key} --workspace DIR`,
      );
    }
    const target = resolve(workingFolder, folder);
    if (files.length > 0 && options.yes !== true && canPrompt(context)) {
      const lines = fileLines(files, output.dataStyles());
      context.stdout.write(`${lines.join('\n')}\n`);
      const prompter = await context.prompter();
      if ((await prompter.confirm({ message: `Write these into ${target}?` })) !== true) {
        output.talk('nothing was changed');
        context.setExitCode(1);
        return;
      }
    }
    const applied = await apply(context, target, patch);
    const word = applied.length === 1 ? 'file' : 'files';
    output.result({ run: run.key, target, files: applied }, () =>
      applied.length === 0
        ? `run ${run.key} changed nothing\n`
        : `${applied.length} ${word} written into ${target}\n`,
    );
  });
}

async function apply(
  { environment }: CommandContext,
  target: string,
  patch: Uint8Array,
): Promise<readonly string[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-apply-'));
  try {
    const searchPath = environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
    return await applyPatchTo({ target, patch, scratch, searchPath });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
