import { discoverBackends } from '../../../activities/model/inspect.ts';
import type { CommandContext } from '../command-context.ts';
import { startRehearsalProgram } from './rehearsal-program.ts';
import { rehearsalSettings } from './suggested-model.ts';

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
  const model = await servedModel(url, options);
  context.output.result({ url, port, model: model ?? null }, () => listeningText(url, model));
  const code = await ended;
  stopListening();
  context.setExitCode(code ?? 1);
}

/** What the scripts or recordings play; undefined when a real endpoint decides. */
async function servedModel(
  baseUrl: string,
  { upstream }: RehearseOptions,
): Promise<string | undefined> {
  if (upstream !== undefined) return undefined;
  const [found] = await discoverBackends([{ backend: 'generic', baseUrl }]);
  return found?.models[0]?.model;
}

function listeningText(baseUrl: string, model = 'MODEL'): string {
  const lines = rehearsalSettings(baseUrl, model)
    .split('\n')
    .map((text) => (text === '' ? '' : `    ${text}`));
  return `A rehearsal model listens at ${baseUrl} (Ctrl-C ends it)

To use it, write into holdfast.yaml, then: holdfast config apply; holdfast run "…" --model scripted

${lines.join('\n')}`;
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
