import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { HoldfastError } from '../../domain/failures.ts';
import type { RehearsalEvent } from '../../domain/settings/rehearsal-messages.ts';
import { transportError } from '../provision/transported-error.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { createRehearsalServer, parseScript, type RehearsalServer } from './rehearsal-server.ts';
import type { ScriptInput } from './script-schema.ts';

const knownOptions = {
  script: { type: 'string', multiple: true },
  record: { type: 'string' },
  replay: { type: 'string' },
  upstream: { type: 'string' },
  'upstream-key-env': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'token-delay': { type: 'string' },
} as const;

/** Sends an event to the command that started us; without one, as a JSON line. `then` comes when it is delivered. */
function tell(event: RehearsalEvent, then: () => void = () => undefined): void {
  if (process.connected && process.send !== undefined)
    process.send(event, undefined, undefined, then);
  else process.stdout.write(`${JSON.stringify(event)}\n`, then);
}

let server: RehearsalServer | undefined;

function end(): void {
  void (server?.close() ?? Promise.resolve()).then(() => process.exit(0));
}

// It goes with the command that started it.
process.once('disconnect', end);
process.once('SIGINT', end);
process.once('SIGTERM', end);

try {
  const { values } = parseArgs({ options: knownOptions });
  server = await createRehearsalServer(await optionsOf(values));
  tell({ type: 'ready', url: server.url, port: server.port });
} catch (error) {
  tell({ type: 'failed', error: transportError(error) }, () => process.exit(1));
}

type Values = ReturnType<typeof parseArgs<{ options: typeof knownOptions }>>['values'];

async function optionsOf(values: Values): Promise<RehearsalOptions> {
  const scripts = await Promise.all((values.script ?? []).map(readScript));
  const recordings = recordingOptions(values);
  if (scripts.length === 0 && recordings === undefined) {
    throw new HoldfastError(
      'invalid_argument',
      'nothing is given that could be played or recorded',
      { suggestion: 'give --script FILE, --replay DIR, or --record DIR --upstream URL' },
    );
  }
  return {
    scripts,
    ...(recordings === undefined ? {} : { recordings }),
    ...(values.host === undefined ? {} : { host: values.host }),
    port: wholeNumber('port', values.port),
    tokenDelayMs: wholeNumber('token-delay', values['token-delay']),
  };
}

function recordingOptions(values: Values): RehearsalOptions['recordings'] {
  const variable = values['upstream-key-env'];
  const apiKey = variable === undefined ? undefined : process.env[variable];
  const upstream =
    values.upstream === undefined
      ? undefined
      : { url: values.upstream, ...(apiKey === undefined ? {} : { apiKey }) };
  if (values.record !== undefined) {
    if (upstream === undefined)
      throw new HoldfastError('invalid_argument', '--record needs --upstream URL');
    return { mode: 'record', directory: values.record, upstream };
  }
  if (values.replay === undefined) return undefined;
  return upstream === undefined
    ? { mode: 'replay_or_fail', directory: values.replay }
    : { mode: 'replay', directory: values.replay, upstream };
}

/** @throws {HoldfastError} invalid_argument that names the file, and each field that does not fit. */
async function readScript(path: string): Promise<ScriptInput> {
  try {
    const script: ScriptInput = JSON.parse(await readFile(path, 'utf8'));
    parseScript(script);
    return script;
  } catch (error) {
    if (error instanceof HoldfastError) {
      const { fieldErrors = [] } = error;
      throw new HoldfastError(error.code, `${path}: ${error.message}`, { fieldErrors });
    }
    const why = error instanceof SyntaxError ? `is no JSON: ${error.message}` : 'cannot be read';
    throw new HoldfastError('invalid_argument', `${path} ${why}`, {
      suggestion: 'see docs/guides/models.md for how a script looks',
      cause: error,
    });
  }
}

function wholeNumber(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,6}$/.test(text))
    throw new HoldfastError('invalid_argument', `--${name} wants a whole number`);
  return Number(text);
}
