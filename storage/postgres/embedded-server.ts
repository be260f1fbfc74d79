import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { Client } from 'pg';

import { HoldfastError } from '../../domain/failures.ts';
import type { ServerAccount } from './server-account.ts';

/** The role and the database that the embedded server has. */
const role = 'holdfast';

/** A cluster of the embedded server on disk. */
export interface ClusterOptions {
  /** Folder with `bin`, `lib` and `share`. */
  readonly programs: string;
  readonly dataFolder: string;
  /** File that keeps the generated password of the only role, mode 0600. */
  readonly passwordFile: string;
  /** User that the server runs as; undefined when we are not root. */
  readonly account: ServerAccount | undefined;
}

/** A server process to start. */
export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Makes the cluster if it is not there and gives the password. Sorting is by code point, so that it is the same on every
 * machine. A creation that was cut short leaves nothing: the folder gets its name when it is whole.
 *
 * @throws {HoldfastError} conflict for a cluster of another major version; internal when it cannot be made.
 */
export async function prepareCluster(options: ClusterOptions): Promise<string> {
  const { dataFolder, passwordFile } = options;
  if (existsSync(join(dataFolder, 'PG_VERSION'))) {
    assertVersion(dataFolder);
    return readFileSync(passwordFile, 'utf8').trim();
  }
  const password = randomBytes(24).toString('base64url');
  const unfinished = `${dataFolder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const handover = `${passwordFile}.new`;
  writeFileSync(handover, `${password}\n`, { mode: 0o600 });
  give(options.account, unfinished, handover);
  const settings = [
    '--username',
    role,
    '--pwfile',
    handover,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
  ];
  const locale = [
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--locale',
    'C',
    '--no-instructions',
  ];
  await runInitdb(options, ['-D', unfinished, ...settings, ...locale]);
  rmSync(handover);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  renameSync(unfinished, dataFolder);
  return password;
}

/** Builds the command of the server: loopback only, no socket file. Without durability only for tests. */
export function serverCommand(
  options: ClusterOptions,
  port: number,
  durability: 'durable' | 'volatile',
): ServerCommand {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...(durability === 'volatile'
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
  };
  return {
    file: join(options.programs, 'bin', 'postgres'),
    args: [
      '-D',
      options.dataFolder,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    ...(options.account === undefined
      ? {}
      : { uid: options.account.uid, gid: options.account.gid }),
  };
}

/** The address of our database on a server at `port`. */
export function databaseAddress(port: number, password: string): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${role}`;
}

/**
 * Waits until the database answers, and creates it on a new cluster.
 * @throws {HoldfastError} unavailable when it does not serve in time, or `lost` says that waiting is useless.
 */
export async function awaitDatabase(
  url: string,
  timeoutMs: number,
  lost: () => string | undefined,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let reason = 'no answer';
  while (performance.now() < deadline) {
    const loss = lost();
    if (loss !== undefined) throw notServing(loss);
    const answer = await tryConnect(url);
    if (answer === undefined) return;
    reason = answer.message;
    // SQLSTATE 3D000: the server serves, the database is not there yet.
    if ('code' in answer && answer.code === '3D000') await createDatabase(url);
    else if ('code' in answer && answer.code === '28P01') throw notServing(lost() ?? reason);
    else await wait(20);
  }
  throw notServing(reason);
}

/** Removes the lock file of a server that is dead, so that a reused process number does not stop the next start. */
export function removeDeadServerLock(dataFolder: string): void {
  const file = join(dataFolder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!existsSync('/proc/self/stat')) return;
  const commandLine = `/proc/${pid}/cmdline`;
  const isOurs = existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(dataFolder);
  if (!isOurs) rmSync(file, { force: true });
}

async function tryConnect(url: string): Promise<Error | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const administration = new URL(url);
  administration.pathname = '/postgres';
  const client = new Client({ connectionString: administration.href });
  await client.connect();
  try {
    await client.query(`create database ${role}`);
  } finally {
    await client.end();
  }
}

function runInitdb(options: ClusterOptions, args: readonly string[]): Promise<void> {
  const { account } = options;
  const child = spawn(join(options.programs, 'bin', 'initdb'), [...args], {
    cwd: dirname(options.dataFolder),
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(initFailure(options.dataFolder, error.message)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(initFailure(options.dataFolder, complaint));
    });
  });
}

function initFailure(dataFolder: string, complaint: string): HoldfastError {
  const isFull = /no space left/i.test(complaint);
  const detail =
    complaint
      .trim()
      .split('\n')
      .findLast((line) => line !== '') ?? '';
  return new HoldfastError(
    isFull ? 'unavailable' : 'internal',
    isFull
      ? `the disk of ${dataFolder} is full`
      : `the database cannot be created in ${dataFolder}: ${detail}`,
    {
      suggestion: isFull
        ? 'free space there, or set HOLDFAST_HOME to another disk'
        : 'run holdfast doctor',
    },
  );
}

function assertVersion(dataFolder: string): void {
  const version = readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim();
  if (version === '18') return;
  throw new HoldfastError(
    'conflict',
    `the database in ${dataFolder} belongs to PostgreSQL ${version}, ours is 18`,
    {
      suggestion: 'restore a backup into a new data folder',
    },
  );
}

function give(account: ServerAccount | undefined, ...paths: readonly string[]): void {
  if (account === undefined) return;
  for (const path of paths) chownSync(path, account.uid, account.gid);
}

function notServing(reason: string): HoldfastError {
  return new HoldfastError('unavailable', `PostgreSQL does not serve: ${reason}`, {
    suggestion: 'see the log postgres.log in the logs of the data folder',
  });
}
