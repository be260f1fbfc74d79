import type { Client } from '@temporalio/client';

import { openDatabase, type Database, type Identity } from '../../storage/administration.ts';
import { unavailable } from './translate-error.ts';

/** Where a local installation listens, and who speaks. */
export interface LocalClientOptions {
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly databaseUrl: string;
  /** Address of the Temporal web UI, when there is one. */
  readonly temporalUi?: string | undefined;
  readonly tenant: string;
  /** The data folder: it holds what the audit is checked with. */
  readonly home: string;
  /** Name of the system's user. */
  readonly user: string;
  /** The user's key; without one everything that is sent is nobody's. */
  readonly identity?: Identity | undefined;
}

/** What every part of the client works with. Nothing of it is connected before it is used. */
export interface LocalConnection extends LocalClientOptions {
  /** Connects at the first call: what only reads needs no Temporal. @throws {HoldfastError} unavailable */
  readonly temporal: () => Promise<Client>;
  readonly db: Database;
  readonly close: () => Promise<void>;
}

/** Longest wait for the server to answer one call, in milliseconds. */
export const callTimeoutMs = 15_000;

/** Prepares the connections to Temporal and PostgreSQL. */
export function connectLocally(options: LocalClientOptions): LocalConnection {
  const db = openDatabase(options.databaseUrl);
  let opening: Promise<Client> | undefined;
  const temporal = (): Promise<Client> => {
    opening ??= connectTemporal(options).catch((error: unknown) => {
      // The next call tries again.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    ...options,
    temporal,
    db,
    close: async () => {
      const opened = await opening?.catch(() => undefined);
      await Promise.all([opened?.connection.close(), db.destroy()]);
    },
  };
}

async function connectTemporal({
  temporalAddress,
  namespace,
}: LocalClientOptions): Promise<Client> {
  // Loading the SDK takes longer than most commands that do without it.
  const { Client, Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({
    address: temporalAddress,
    connectTimeout: '5 seconds',
  }).catch((error: unknown) => {
    throw unavailable(`Temporal does not answer at ${temporalAddress}`, error);
  });
  return new Client({ connection, namespace });
}
