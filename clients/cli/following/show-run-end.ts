import { exitInterrupted } from '../../../domain/failures.ts';
import { isEnded } from '../../../domain/run/status.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { RunDetail, RunDiff } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { finalBlock } from '../live/final-block.ts';
import { jsonLine } from '../output/output.ts';
import type { Styles } from '../output/styles.ts';
import { answerCommands } from '../people/answer-commands.ts';
import { exitCodeOf, exitWaits } from './exit-code.ts';
import type { Followed } from './follow-run.ts';

/** A run that was followed, and how its end is shown. */
export interface RunEndToShow {
  readonly runId: string;
  readonly key: string;
  /** `lines`: as the last line of JSON lines; `document`: as the one result. */
  readonly manner: 'lines' | 'document';
  readonly costSoFar?: string | undefined;
}

/** Shows how following a run ended, and sets the exit code by it. */
export async function showRunEnd(
  context: CommandContext,
  { client, followed }: { readonly client: HoldfastClient; readonly followed: Followed },
  shown: RunEndToShow,
): Promise<void> {
  switch (followed.type) {
    case 'left':
      context.setExitCode(exitInterrupted);
      return;
    case 'cancelled':
      context.output.talk(`run ${shown.key} is being cancelled`);
      context.setExitCode(exitInterrupted);
      return;
    case 'waiting': {
      const run = await client.getRun(shown.runId);
      give(context, shown.manner, {
        document: { type: 'waiting', run },
        text: () => waitingText(run, context.output.dataStyles()),
      });
      context.setExitCode(exitWaits);
      return;
    }
    case 'ended':
      await showEnd(context, client, shown);
  }
}

async function showEnd(
  context: CommandContext,
  client: HoldfastClient,
  shown: RunEndToShow,
): Promise<void> {
  const run = await client.getRun(shown.runId);
  const diff = await diffOf(client, run);
  const temporalUrl = client.temporalUrl(run.runId);
  const document = {
    type: 'ended',
    run,
    files: diff?.files ?? [],
    ...(temporalUrl === undefined ? {} : { temporalUrl }),
  };
  const { costSoFar } = shown;
  const text = (): string => {
    const facts = { run, diff, temporalUrl, costSoFar };
    const width = Math.min(context.output.width(), 100);
    return `${finalBlock(facts, context.output.dataStyles(), width).join('\n')}\n`;
  };
  give(context, shown.manner, { document, text });
  context.setExitCode(exitCodeOf(run.status));
}

/** What a run changed; undefined while it works, or when it cannot be read: the rest is shown all the same. */
export async function diffOf(client: HoldfastClient, run: RunDetail): Promise<RunDiff | undefined> {
  if (!isEnded(run.status)) return undefined;
  return await client.diffRun(run.runId).catch(() => undefined);
}

function give(
  context: CommandContext,
  manner: RunEndToShow['manner'],
  { document, text }: { readonly document: object; readonly text: () => string },
): void {
  if (context.flags().json && manner === 'lines') context.stdout.write(jsonLine(document));
  else context.output.result(document, text);
}

function waitingText(run: RunDetail, styles: Styles): string {
  const lines = run.approvals.flatMap((item) => [
    `run ${run.key} waits: ${item.subject}`,
    ...answerCommands(item).map((command) => styles.hint(`  answer with: ${command}`)),
  ]);
  if (lines.length > 0) return `${lines.join('\n')}\n`;
  const goOn = styles.hint(`  go on with: holdfast runs resume ${run.key}`);
  return `run ${run.key} is ${run.status}: ${run.message ?? run.pause ?? ''}\n${goOn}\n`;
}
