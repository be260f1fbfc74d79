import { HoldfastError } from '../../../domain/failures.ts';
import type { CommandContext } from '../command-context.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';
import { lockText } from './show-locks.ts';

/** Options of `locks break` as commander gives them. */
export interface BreakOptions {
  readonly reason: string;
  readonly yes?: boolean;
}

/** Shows who holds a lock, asks, and takes it from them: from those that were shown, and nobody who got it since. */
export async function breakLock(
  context: CommandContext,
  name: string,
  { reason, yes = false }: BreakOptions,
): Promise<void> {
  const { output } = context;
  if (reason.trim() === '') {
    throw wrongUse('the reason is empty', 'say why: --reason "its run hangs"');
  }
  if (!yes && !canPrompt(context)) {
    throw wrongUse('nobody can be asked here', 'look first with locks show, then give --yes');
  }
  await withClient(context, async (client) => {
    const lock = await client.locks.show(name);
    if (lock.holders.length === 0) {
      throw new HoldfastError('conflict', `nobody holds ${name}`, {
        suggestion: 'see: holdfast locks list',
      });
    }
    if (!yes) {
      output.talk(lockText(lock, output.width()).trimEnd());
      const prompter = await context.prompter();
      const message = 'Take it from who holds it? What they have begun goes on.';
      if ((await prompter.confirm({ message })) !== true) {
        output.talk('nothing was done');
        context.setExitCode(1);
        return;
      }
    }
    const fences = lock.holders.map(({ fence }) => fence);
    const { fence } = await client.locks.break({ name, fences, reason });
    const from = lock.holders.map(({ runKey }) => runKey);
    output.result({ name, from, fence }, () => `${name} was taken from ${from.join(', ')}\n`);
  });
}
