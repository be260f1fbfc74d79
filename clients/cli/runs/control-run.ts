import { wrongUse } from '../wrong-use.ts';
import type { CommandContext } from '../command-context.ts';
import { readStdin } from '../read-stdin.ts';
import { withClient } from '../with-client.ts';
import { pickRun } from './pick-run.ts';

/** What is done with a run. */
export interface RunControl {
  readonly type: 'cancel' | 'pause' | 'resume';
  readonly reason: string | undefined;
}

/** Cancels, pauses or resumes a run. */
export async function controlRun(
  context: CommandContext,
  typed: string | undefined,
  { type, reason }: RunControl,
): Promise<void> {
  await withClient(context, async (client) => {
    const run = await pickRun(context, client, { typed, which: 'resumable' });
    const { key } = await client.getRun(run);
    switch (type) {
      case 'cancel':
        await client.cancelRun(run, reason ?? 'cancelled by command');
        break;
      case 'pause':
        await client.pauseRun(run, reason);
        break;
      case 'resume':
        await client.resumeRun(run, reason);
        break;
    }
    const said = {
      cancel: `run ${key} is being cancelled`,
      pause: `run ${key} pauses after what it does now; go on with: holdfast runs resume ${key}`,
      resume: `run ${key} goes on; watch it with: holdfast runs watch ${key}`,
    };
    context.output.result({ run: key, requested: type }, (styles) =>
      styles.hint(`${said[type]}\n`),
    );
  });
}

/** Gives a run words before its next model call. */
export async function messageRun(
  context: CommandContext,
  typed: string,
  words: string,
): Promise<void> {
  const text = words === '-' ? await readStdin(context) : words;
  if (text.trim() === '') {
    throw wrongUse(
      'the message is empty',
      'say something: holdfast runs message <run> "use the staging server"',
    );
  }
  await withClient(context, async (client) => {
    const { position } = await client.messageRun(typed, text);
    context.output.result(
      { run: typed, position },
      () => `delivered before the next model call (place ${position})\n`,
    );
  });
}
