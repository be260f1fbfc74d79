import type { CommandContext } from '../command-context.ts';
import { startRehearsalProgram } from './rehearsal-program.ts';

/** Options of `rehearse` as commander gives them; the program reads the same. */
export interface RehearseOptions {
  readonly script?: readonly string[];
  readonly replay?: string;
  readonly record?: string;
  readonly upstream?: string;
  readonly upstreamKeyEnv?: string;
  readonly host?: string;
  readonly port?: string;
  readonly tokenDelay?: string;
}

/** Runs the rehearsal server until it ends or is ended. */
export async function startRehearsal(
  context: CommandContext,
  options: RehearseOptions,
): Promise<void> {
  const { url, port, ended, stop } = await startRehearsalProgram(context, argumentsOf(options));
  const stopListening = context.onInterrupt(stop);
  context.output.result(
    { url, port },
    () => `A rehearsal model listens at ${url} (Ctrl-C ends it)\n`,
  );
  const code = await ended;
  stopListening();
  context.setExitCode(code ?? 1);
}

function argumentsOf(options: RehearseOptions): readonly string[] {
  const named = [
    ['--replay', options.replay],
    ['--record', options.record],
    ['--upstream', options.upstream],
    ['--upstream-key-env', options.upstreamKeyEnv],
    ['--host', options.host],
    ['--port', options.port],
    ['--token-delay', options.tokenDelay],
  ] as const;
  return [
    ...(options.script ?? []).flatMap((file) => ['--script', file]),
    ...named.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
  ];
}
