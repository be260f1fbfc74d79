import { HoldfastError } from '../../../domain/failures.ts';
import { isRehearsalEvent } from '../../../domain/settings/rehearsal-messages.ts';
import type { CommandContext } from '../command-context.ts';
import { receivedError } from '../instance/received-error.ts';

/** A rehearsal server that this command started. */
export interface RunningRehearsal {
  /** Base address for a model, `/v1` included. */
  readonly url: string;
  readonly port: number;
  readonly stop: () => void;
  /** Exit code, or undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

/**
 * Starts the rehearsal program. It ends with this command.
 *
 * @throws {HoldfastError} why it does not start, such as a script that does not fit.
 */
export async function startRehearsalProgram(
  { programs }: CommandContext,
  args: readonly string[],
): Promise<RunningRehearsal> {
  let failure: Error | undefined;
  let tellReady: ((address: { readonly url: string; readonly port: number }) => void) | undefined;
  const ready = new Promise<{ readonly url: string; readonly port: number }>((resolve) => {
    tellReady = resolve;
  });
  const program = programs.start({
    name: 'rehearsal',
    args,
    onMessage: (message) => {
      if (!isRehearsalEvent(message)) return;
      if (message.type === 'ready') tellReady?.({ url: message.url, port: message.port });
      else failure = receivedError(message.error);
    },
  });
  const first = await Promise.race([ready, program.ended]);
  if (typeof first === 'object') {
    return { ...first, ended: program.ended, stop: () => program.signal('SIGTERM') };
  }
  const words = `the rehearsal server ended at its start (exit code ${first ?? 'none'})`;
  throw failure ?? new HoldfastError('internal', words);
}
