import { createServer } from 'node:http';
import type { Server } from 'node:http';

import { HoldfastError } from '../../domain/failures.ts';
import { plainWords } from '../../domain/settings/plain-words.ts';
import { readRecordings } from './recordings.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { Rehearsal } from './rehearsal.ts';
import type { ReceivedRequest } from './request-log.ts';
import { scriptSchema } from './script-schema.ts';
import type { Script } from './script-schema.ts';

export interface RehearsalServer {
  /** Base address for a model entry, `/v1` included. */
  readonly url: string;
  readonly port: number;
  /** Oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections that were ever opened. */
  readonly connections: () => number;
  /** Settles when at least `count` requests were received. */
  readonly received: (count: number) => Promise<void>;
  /** Forgets the requests and how often faults were played. */
  readonly reset: () => void;
  /** Closes the port and every connection, stalled ones included. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a server that speaks OpenAI chat completions and plays scripts or recordings. The only stand-in for a model:
 * every answer that no real model gave carries the header `x-holdfast-rehearsal`.
 *
 * @throws {HoldfastError} `invalid_argument` for a script or recording that does not fit.
 */
export async function createRehearsalServer(options: RehearsalOptions): Promise<RehearsalServer> {
  const rehearsal = new Rehearsal(
    (options.scripts ?? []).map(parseScript),
    options.recordings === undefined || options.recordings.mode === 'record'
      ? new Map()
      : await readRecordings(options.recordings.directory),
    options,
  );
  let connections = 0;
  const server = createServer((incoming, response) => void rehearsal.handle(incoming, response));
  // Longer than the client keeps an idle connection, or it would meet a closed one.
  server.keepAliveTimeout = 120_000;
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server, options);
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}/v1`,
    port,
    requests: rehearsal.log.requests,
    connections: () => connections,
    received: (count) => rehearsal.log.received(count),
    reset: () => rehearsal.reset(),
    close: () => close(server),
  };
}

/** Checks a script. @throws {HoldfastError} `invalid_argument` that names the field. */
export function parseScript(script: unknown): Script {
  const parsed = scriptSchema.safeParse(script);
  if (parsed.success) return parsed.data;
  const fieldErrors = parsed.error.issues.map((issue) => ({
    field: issue.path.map(String).join('.') || '(all)',
    constraint: plainWords(issue, script),
  }));
  const words = fieldErrors.map(({ field, constraint }) => `${field} ${constraint}`);
  throw new HoldfastError('invalid_argument', `the script does not fit: ${words.join('; ')}`, {
    fieldErrors,
  });
}

async function listen(
  server: Server,
  { port = 0, host = '127.0.0.1' }: RehearsalOptions,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new HoldfastError('conflict', message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not known');
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
