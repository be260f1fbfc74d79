import type { CommandContext } from '../command-context.ts';

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

/** Standard output of this command: what the program prints goes there. */
const standardOutput = 1;

/** Runs the rehearsal server until it ends or is ended. */
export async function startRehearsal(
  context: CommandContext,
  options: RehearseOptions,
): Promise<void> {
  const program = context.programs.start({
    name: 'rehearsal',
    args: argumentsOf(options, context.flags().json),
    logFile: standardOutput,
    onMessage: () => undefined,
  });
  const stopListening = context.onInterrupt(() => program.signal('SIGTERM'));
  const code = await program.ended;
  stopListening();
  context.setExitCode(code ?? 1);
}

function argumentsOf(options: RehearseOptions, isJson: boolean): readonly string[] {
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
    ...(isJson ? ['--json'] : []),
  ];
}
