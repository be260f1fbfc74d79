import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { jsonLine } from '../output/output.ts';
import { answerCommands } from '../people/answer-commands.ts';
import type { Follower } from './follow-run.ts';
import { leftText } from './live-follower.ts';

/** Prints every item as one line of JSON. Nobody is asked anything. */
export function createJsonFollower(context: CommandContext, key: string): Follower {
  return {
    take: async (item) => {
      context.stdout.write(jsonLine(item));
    },
    waits: async () => 'done',
    left: () => context.output.hint(leftText(key)),
  };
}

/** Prints nothing of a run, but on standard error what it waits for. */
export function createQuietFollower(
  context: CommandContext,
  client: HoldfastClient,
  key: string,
): Follower {
  return {
    take: async () => undefined,
    waits: async (wait) => {
      if (wait.type === 'pause') {
        context.output.hint(`run ${key} is paused; go on with: holdfast runs resume ${key}`);
        return 'done';
      }
      const approval = await client.getApproval(wait.approvalId);
      context.output.talk(`run ${key} waits: ${approval.subject}`);
      for (const command of answerCommands(approval)) {
        context.output.hint(`  answer with: ${command}`);
      }
      return 'done';
    },
    left: () => context.output.hint(leftText(key)),
  };
}
