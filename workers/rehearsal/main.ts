#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { codeMeanings, errorEnvelope, HoldfastError } from '../../domain/failures.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { createRehearsalServer, parseScript } from './rehearsal-server.ts';
import type { ScriptInput } from './script-schema.ts';

const values = readArguments();

try {
  const server = await createRehearsalServer(await options());
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify({ url: server.url, port: server.port })}\n`
      : `A rehearsal model listens at ${server.url} (Ctrl-C ends it)\n`,
  );
  const end = (): void => void server.close().then(() => process.exit(0));
  // A program that started us is told the address, and takes us with it when it ends.
  process.send?.({ type: 'ready', url: server.url, port: server.port });
  process.once('disconnect', end);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
} catch (error) {
  const envelope = errorEnvelope(error);
  process.stderr.write(
    values.json === true ? `${JSON.stringify(envelope)}\n` : `${envelope.message}\n`,
  );
  process.exit(codeMeanings[envelope.code].exit);
}

/** Reads the command line; what it does not know ends the program as wrong use. */
function readArguments() {
  const known = {
    script: { type: 'string', multiple: true },
    record: { type: 'string' },
    replay: { type: 'string' },
    upstream: { type: 'string' },
    'upstream-key-env': { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string' },
    'token-delay': { type: 'string' },
    json: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ options: known }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'wrong arguments'}\n`);
    return process.exit(codeMeanings.invalid_argument.exit);
  }
}

async function options(): Promise<RehearsalOptions> {
  const scripts = await Promise.all((values.script ?? []).map(readScript));
  const recordings = recordingOptions();
  if (scripts.length === 0 && recordings === undefined) {
    throw new HoldfastError(
      'invalid_argument',
      'give --script FILE, --replay DIR, or --record DIR --upstream URL',
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

function recordingOptions(): RehearsalOptions['recordings'] {
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

async function readScript(path: string): Promise<ScriptInput> {
  let script: ScriptInput;
  try {
    script = JSON.parse(await readFile(path, 'utf8'));
    parseScript(script);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new HoldfastError('invalid_argument', `${path}: ${why}`);
  }
  return script;
}

function wholeNumber(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,6}$/.test(text))
    throw new HoldfastError('invalid_argument', `--${name} wants a whole number`);
  return Number(text);
}
