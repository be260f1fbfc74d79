import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { applyPatchTo, checkPatchFor } from '../../../activities/workspace/inspect.ts';
import type { RunDiff } from '../../runs-client.ts';
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
 * Takes over what a run changed into a folder of the person: all of it, or nothing. Nothing is written where all of it
 * is there already.
 *
 * @throws {HoldfastError} conflict that names each file which does not fit any more.
 */
export async function applyRun(
  context: CommandContext,
  typed: string | undefined,
  options: ApplyOptions,
): Promise<void> {
  const { workingFolder } = context;
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
    await withScratch(async (scratch) => {
      const request = { target, patch, scratch, searchPath: searchPathOf(context) };
      const found = await checkPatchFor(request);
      const isAsking = files.length > 0 && !found.isThere && options.yes !== true;
      if (isAsking && canPrompt(context) && !(await isWanted(context, { files, target }))) {
        context.output.talk('nothing was changed');
        context.setExitCode(1);
        return;
      }
      const applied = found.isThere ? found : await applyPatchTo(request);
      showApplied(context, { ...applied, run: run.key, target });
    });
  });
}

async function isWanted(
  context: CommandContext,
  { files, target }: { readonly files: RunDiff['files']; readonly target: string },
): Promise<boolean> {
  const lines = fileLines(files, context.output.dataStyles());
  context.stdout.write(`${lines.join('\n')}\n`);
  const prompter = await context.prompter();
  return (await prompter.confirm({ message: `Write these into ${target}?` })) === true;
}

interface ShownApplied {
  readonly run: string;
  readonly target: string;
  readonly files: readonly string[];
  readonly isThere: boolean;
}

function showApplied(
  { output }: CommandContext,
  { run, target, files, isThere }: ShownApplied,
): void {
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  output.result({ run, target, files, wasThere: isThere }, () => {
    if (files.length === 0) return `run ${run} changed nothing\n`;
    if (isThere)
      return `the changes are there already (${count} in ${target}); nothing was written\n`;
    return `${count} written into ${target}\n`;
  });
}

function searchPathOf({ environment }: CommandContext): string {
  return environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}

async function withScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-apply-'));
  try {
    await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
