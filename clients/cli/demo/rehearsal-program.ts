import { HoldfastError } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import type { CommandContext } from '../command-context.ts';

/** A rehearsal server that this command started. */
export interface RunningRehearsal {
  /** Base address for a model, `/v1` included. */
  readonly url: string;
  readonly stop: () => void;
}

/** Starts the rehearsal program on a script; words come with `tokenDelayMs` between them. It ends with this command. */
export async function startRehearsal(
  { programs }: CommandContext,
  script: string,
  tokenDelayMs: number,
): Promise<RunningRehearsal> {
  let tellReady: ((url: string) => void) | undefined;
  const ready = new Promise<string>((resolve) => {
    tellReady = resolve;
  });
  const program = programs.start({
    name: 'rehearsal',
    args: ['--json', '--script', script, '--token-delay', String(tokenDelayMs)],
    onMessage: (message) => {
      const url = isJsonObject(message) ? message['url'] : undefined;
      if (typeof url === 'string') tellReady?.(url);
    },
  });
  const url = await Promise.race([ready, program.ended]);
  if (typeof url === 'string') return { url, stop: () => program.signal('SIGTERM') };
  throw new HoldfastError(
    'internal',
    `the rehearsal server ended at its start (exit code ${url ?? 'none'})`,
  );
}
