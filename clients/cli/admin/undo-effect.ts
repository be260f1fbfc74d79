import type { PreparedUndo } from '../../../domain/effects/undo.ts';
import type { CommandContext } from '../command-context.ts';
import { safeText, singleLine } from '../output/text-width.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `effects undo` as commander gives them. */
export interface UndoOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Shows what taking an effect back would do, asks, and has a worker do it. */
export async function undoEffect(
  context: CommandContext,
  effect: string,
  { dryRun: isDryRun = false, yes = false }: UndoOptions,
): Promise<void> {
  const { output } = context;
  if (!isDryRun && !yes && !canPrompt(context)) {
    throw wrongUse('nobody can be asked here', 'look first with --dry-run, then give --yes');
  }
  await withClient(context, async (client) => {
    const undo = await client.previewUndo(effect);
    if (isDryRun) {
      output.result({ isDryRun, undo }, () => textOf(undo));
      return;
    }
    if (!yes) {
      output.talk(textOf(undo).trimEnd());
      const prompter = await context.prompter();
      if ((await prompter.confirm({ message: 'Take it back?' })) !== true) {
        output.talk('nothing was done');
        context.setExitCode(1);
        return;
      }
    }
    const text = await client.undoEffect(undo);
    output.result({ isDryRun, undo, text }, () => `taken back: ${safeText(text)}\n`);
  });
}

function textOf({ callId, tool, preview, detail }: PreparedUndo): string {
  const head = `${callId} (${tool})\nwould be taken back: ${singleLine(preview)}\n`;
  return detail === '' ? head : `${head}\n${safeText(detail).trimEnd()}\n`;
}
