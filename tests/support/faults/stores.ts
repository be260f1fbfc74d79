import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findServerAccount } from '../../../storage/postgres/server-account.ts';
import { isRunning } from '../../../activities/sandbox/process/process-tree.ts';
import { openInstanceLog } from '../../../workers/instance/instance-log.ts';
import { choosePort } from '../../../workers/instance/servers/loopback-ports.ts';
import { preparePostgres, startPostgres } from '../../../workers/instance/servers/postgres-part.ts';
import { startTemporal } from '../../../workers/instance/servers/temporal-part.ts';
import type { RunningChild } from '../../../workers/instance/supervision/child-process.ts';
import { findPostgres } from '../../../workers/provision/provision-postgres.ts';
import { findTemporal } from '../../../workers/provision/provision-temporal.ts';
import { sendSignal } from '../instance/send-signal.ts';
import { pollFor } from '../poll.ts';
import { provisioned } from '../provision.ts';

/** A server with a store on disk that faults happen to. */
export interface Store {
  /** SIGKILL for all its processes; settles when they are gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again on what is on the disk. */
  readonly start: () => Promise<void>;
  /** Copies the store as it is at this moment: as a power cut would leave it. The server notices nothing. */
  readonly copy: () => void;
  /** Puts the last copy in the place of the store. The server must be dead. */
  readonly restore: () => void;
}

/** Both servers of an instance, started by the product's own code. */
export interface Stores {
  readonly database: Store & { readonly url: string };
  readonly temporal: Store & { readonly address: string };
  readonly stop: () => Promise<void>;
}

/** History events after which a run continues as new: a run of some turns gets there once. */
const continueAsNewAfter = 40;

/** Starts a durable PostgreSQL and a Temporal server on a file, both in a temporary folder. */
export async function startStores(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-stores-'));
  chmodSync(folder, 0o755);
  const [database, temporal] = await Promise.all([openDatabaseStore(folder), openTemporal(folder)]);
  await Promise.all([database.start(), temporal.start()]);
  return {
    database,
    temporal,
    stop: async () => {
      await Promise.all([database.kill(), temporal.kill()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openDatabaseStore(folder: string): Promise<Stores['database']> {
  const data = join(folder, 'postgres');
  const isRoot = process.getuid?.() === 0;
  const cluster = {
    programs: await provisioned(findPostgres),
    dataFolder: data,
    passwordFile: join(folder, 'postgres.password'),
    account: isRoot ? findServerAccount() : undefined,
  };
  const options = {
    cluster,
    port: await choosePort([]),
    log: openInstanceLog(folder, (line) => line),
  };
  const url = await preparePostgres(options);
  const store = storeOf(folder, ['postgres'], async () => startPostgres(options, url));
  return { ...store, url };
}

async function openTemporal(folder: string): Promise<Stores['temporal']> {
  const options = {
    program: await provisioned(findTemporal),
    port: await choosePort([]),
    uiPort: await choosePort([]),
    namespace: 'default',
    databaseFile: join(folder, 'temporal.db'),
    environment: process.env,
    dynamicConfig: [`limit.historyCount.suggestContinueAsNew=${continueAsNewAfter}`],
    log: openInstanceLog(folder, (line) => line),
  };
  const files = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'];
  const store = storeOf(folder, files, async () => startTemporal(options));
  return { ...store, address: `127.0.0.1:${options.port}` };
}

function storeOf(
  folder: string,
  names: readonly string[],
  begin: () => Promise<RunningChild>,
): Store {
  const copies = join(folder, `copy-of-${names[0] ?? ''}`);
  let child: RunningChild | undefined;
  return {
    start: async () => {
      child = await begin();
    },
    kill: async () => {
      if (child === undefined) return;
      const pids = frozen(child.process.pid);
      for (const pid of pids) signal(pid, 'SIGKILL');
      await child.exited;
      await pollFor('the server is gone', () => pids.every((pid) => !isRunning(pid)) || undefined);
      child = undefined;
    },
    copy: () => {
      const pids = child === undefined ? [] : frozen(child.process.pid);
      try {
        execFileSync('rm', ['-rf', copies]);
        execFileSync('mkdir', [copies]);
        copyAll(folder, copies, names);
      } finally {
        for (const pid of pids) signal(pid, 'SIGCONT');
      }
    },
    restore: () => {
      for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
      copyAll(copies, folder, names);
    },
  };
}

function copyAll(from: string, to: string, names: readonly string[]): void {
  const there = new Set(readdirSync(from));
  const wanted = names.filter((name) => there.has(name)).map((name) => join(from, name));
  execFileSync('cp', ['-a', '--reflink=auto', ...wanted, to]);
}

/** Stops a process, then those it has started: none can be added any more. */
function frozen(pid: number): readonly number[] {
  signal(pid, 'SIGSTOP');
  const children = childrenOf(pid);
  for (const each of children) signal(each, 'SIGSTOP');
  return [...children, pid];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    sendSignal(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/** Processes that a server has started: PostgreSQL serves each connection by one. */
function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.split(' ').filter(Boolean).map(Number);
}
