import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Pool } from 'pg';

import { preparingPool } from './prepared-statements.ts';
import type { Tables } from './tables.ts';

/** The one door to PostgreSQL of a process. */
export type Database = Kysely<Tables>;
/** The database or a transaction of it: what a statement needs. */
export type Executor = Kysely<Tables> | Transaction<Tables>;

/** Most connections of one process; a worker runs at most that many statements at once. */
const maxConnections = 15;
const idleTimeoutMs = 10 * 60 * 1000;
const maxLifetimeSeconds = 60 * 60;
const connectTimeoutMs = 5_000;

/** Whether statements are parsed each time, or once for each connection by a process that repeats them. */
export type StatementUse = 'once' | 'again-and-again';

/**
 * Opens a pool; connections are made when needed. `destroy()` closes it. `onLost` is told of each connection that breaks,
 * because the server may have crashed.
 */
export function openDatabase(
  url: string,
  use: StatementUse = 'once',
  onLost: () => void = () => undefined,
): Database {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    idleTimeoutMillis: idleTimeoutMs,
    maxLifetimeSeconds,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  // An idle connection that breaks (server restarted) must not end the process; the next query opens another.
  pool.on('error', () => undefined);
  // Neither must one that breaks between two statements of a transaction: the next statement fails by itself.
  pool.on('connect', (client) => client.on('error', onLost));
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: use === 'once' ? pool : preparingPool(pool) }),
  });
}

/** Connection lost, server starting or stopping, too many connections, deadlock: worth another try. SQLSTATE classes 08, 53, 57P, 40. */
const passingStates = /^(?:08|53|57P|40)/;
const passingErrnos: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
]);

/** True when the database could not be asked just now, and the same statement may work later. */
export function isStorageUnavailable(error: unknown): boolean {
  // By shape, not by class: errors of the system may come from another realm.
  if (typeof error !== 'object' || error === null) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (passingStates.test(code) || passingErrnos.has(code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    'message' in error ? String(error.message) : '',
  );
}

/** True when a row with this key is there already. SQLSTATE 23505. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
