import { Client, Connection } from '@temporalio/client';

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
  /** Name of the system's user. */
  readonly user: string;
  /** The user's key; without one everything that is sent is nobody's. */
  readonly identity?: Identity | undefined;
}

/** What every part of the client works with. */
export interface LocalConnection extends LocalClientOptions {
  readonly temporal: Client;
  readonly db: Database;
  readonly close: () => Promise<void>;
}

/** Longest wait for the server to answer one call, in milliseconds. */
export const callTimeoutMs = 15_000;

/** Connects to Temporal and PostgreSQL. @throws {HoldfastError} unavailable */
export async function connectLocally(options: LocalClientOptions): Promise<LocalConnection> {
  const connection = await Connection.connect({
    address: options.temporalAddress,
    connectTimeout: '5 seconds',
  }).catch((error: unknown) => {
    throw unavailable(`Temporal does not answer at ${options.temporalAddress}`, error);
  });
  const temporal = new Client({ connection, namespace: options.namespace });
  const db = openDatabase(options.databaseUrl);
  return {
    ...options,
    temporal,
    db,
    close: async () => {
      await Promise.all([connection.close(), db.destroy()]);
    },
  };
}
