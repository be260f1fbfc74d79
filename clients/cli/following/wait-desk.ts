import { HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { safeText } from '../output/text-width.ts';
import { answerCommands } from '../people/answer-commands.ts';
import { approvalCard } from '../people/prompts/approval-card.ts';
import { askDecision } from '../people/prompts/ask-decision.ts';
import { carryOut } from '../people/carry-out.ts';
import type { OpenedWait } from './wait-state.ts';

/** Where a watched run asks. */
export interface WaitDesk {
  /** Shows what waits, and asks when somebody can answer. */
  readonly ask: (wait: OpenedWait, signal: AbortSignal) => Promise<'done' | 'left'>;
  /** The command that answers what was asked last. */
  readonly command: () => string | undefined;
}

/** How a desk shows and asks. */
export interface WaitDeskOptions {
  readonly runKey: string;
  readonly isAsking: boolean;
  readonly print: (lines: readonly string[]) => void;
}

/** Builds the desk of one watched run. */
export function createWaitDesk(
  context: CommandContext,
  client: HoldfastClient,
  { runKey, isAsking, print }: WaitDeskOptions,
): WaitDesk {
  const { output } = context;
  const styles = output.dataStyles();
  const hint = (approval: Parameters<typeof answerCommands>[0]) =>
    print(
      answerCommands(approval).map((command) =>
        styles.dim(styles.hint(`  answer with: ${command}`)),
      ),
    );
  let command: string | undefined;
  return {
    command: () => command,
    ask: async (wait, signal) => {
      if (wait.type === 'pause') {
        command = `holdfast runs resume ${runKey}`;
        const steps = [
          `    go on with: holdfast runs resume ${runKey}`,
          `    or end it with: holdfast runs cancel ${runKey}`,
        ];
        print(steps.map((step) => styles.dim(styles.hint(step))));
        return 'done';
      }
      const approval = await client.getApproval(wait.approvalId);
      [command] = answerCommands(approval);
      const layout = { styles, width: output.width(), nowMs: Date.now() };
      print(['', ...approvalCard(approval, layout), '']);
      if (!isAsking) {
        hint(approval);
        return 'done';
      }
      const prompter = await context.prompter();
      const say = (text: string): void => print([`  ${safeText(text)}`]);
      for (;;) {
        const wish = await askDecision(approval, { prompter, signal, say });
        if (wish.type === 'left') return signal.aborted ? 'done' : 'left';
        if (wish.type === 'later') hint(approval);
        const problem = await tryOut(() => carryOut(client, wish));
        if (problem === undefined) return 'done';
        print([styles.bad(`  ${safeText(problem.message)}`)]);
        // A wrong pattern or argument can be mended; a decision of somebody else cannot.
        if (problem.code !== 'validation_error' && problem.code !== 'invalid_argument')
          return 'done';
      }
    },
  };
}

async function tryOut(work: () => Promise<unknown>): Promise<HoldfastError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}
