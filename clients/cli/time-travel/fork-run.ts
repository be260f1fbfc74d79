import type { ForkedCall, ForkPlan, ForkRun } from '../../time-travel-client.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { pickRun } from '../runs/pick-run.ts';
import { withClient } from '../with-client.ts';

/** Options of `runs fork` and `runs rewind` as commander gives them. */
export interface ForkOptions {
  readonly at: number;
  readonly yes?: boolean;
}

/** Shows what a fork takes over and what it leaves behind, and starts it. */
export async function forkRun(
  context: CommandContext,
  typed: string | undefined,
  { at, yes, original }: ForkOptions & Pick<ForkRun, 'original'>,
): Promise<void> {
  await withClient(context, async (client) => {
    const picked = await pickRun(context, client, { typed, which: 'all' });
    const plan = await client.timeTravel.planFork(picked, at);
    const { output } = context;
    if (!context.flags().json) {
      context.stdout.write(planText(plan, output.dataStyles(), output.width()));
    }
    if (yes !== true && canPrompt(context)) {
      const prompter = await context.prompter();
      const words = original === 'keep' ? 'Fork it' : 'End it and go on';
      const message = `${words} behind turn ${at}?`;
      if ((await prompter.confirm({ message })) !== true) {
        output.talk('nothing was started');
        context.setExitCode(1);
        return;
      }
    }
    const started = await client.timeTravel.forkRun({ run: plan.runId, turn: at, original });
    const { runId, key } = started;
    output.result({ runId, key, plan }, (styles) =>
      styles.hint(
        `run ${key} goes on behind turn ${at}; watch it with: holdfast runs watch ${key}\n`,
      ),
    );
  });
}

const fates: { readonly [fate in ForkedCall['becomes']]: string } = {
  record: 'taken from the record',
  restored: 'left behind; files are restored',
  asked: 'left behind; it stays done, and its like waits for an approval',
  none: 'left behind; it had no effect',
};

function planText({ calls, turn }: ForkPlan, styles: Styles, width: number): string {
  if (calls.length === 0) return `turn ${turn}: no calls\n`;
  return renderTable(
    {
      columns: [
        { title: 'turn', align: 'right' },
        { title: 'tool' },
        { title: 'effect' },
        { title: 'what becomes of it', shrinksTo: 24, cuts: 'nothing' },
        { title: 'what', shrinksTo: 20, leaves: 1 },
      ],
      rows: calls.map((call) => [
        String(call.turn),
        call.tool,
        call.effect ?? '',
        {
          text: fates[call.becomes],
          style: call.becomes === 'asked' ? styles.warn : (text: string) => text,
        },
        call.preview,
      ]),
    },
    width,
  );
}
