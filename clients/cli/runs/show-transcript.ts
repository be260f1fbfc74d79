import type { TranscriptEntry } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { safeText, singleLine } from '../output/text-width.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';

/** Prints the conversation of a run, whole. */
export async function showTranscript(
  context: CommandContext,
  typed: string | undefined,
): Promise<void> {
  await withClient(context, async (client) => {
    const run = await pickRun(context, client, { typed, which: 'all' });
    const messages = await client.transcript(run);
    context.output.result({ messages }, (styles) => transcriptText(messages, styles));
  });
}

/** The conversation as text: who speaks on a line of its own, what was said below it. */
function transcriptText(messages: readonly TranscriptEntry[], styles: Styles): string {
  let turn = 0;
  const parts = messages.map((message) => {
    if (message.role === 'assistant') turn += 1;
    const head = message.role === 'assistant' ? `assistant, turn ${turn}` : message.role;
    const calls = (message.toolCalls ?? []).map(
      (call) => `${styles.accent(`→ ${singleLine(call.name)}`)} ${safeText(call.arguments)}`,
    );
    const text = safeText(message.text).trimEnd();
    return [styles.bold(`── ${head}`), ...(text === '' ? [] : [text]), ...calls].join('\n');
  });
  return parts.length === 0 ? 'nothing was said yet\n' : `${parts.join('\n\n')}\n`;
}
