import { sql } from 'kysely';

import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startRuns, terminateRuns } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';

/** What the database does for one turn with one effect: ledger, events, audit, reservation, conversation. */
export interface TurnCost {
  readonly turns: number;
  /** Transactions that wrote something. */
  readonly commits: number;
  /** Times that a statement waited for the disk: the commits that are synchronous. */
  readonly synchronousCommits: number;
  /** Flushes to the disk by the server on its own account, which nobody waits for. */
  readonly backgroundFlushes: number;
  readonly walBytes: number;
  /** Time that statements took on the server. Milliseconds. */
  readonly databaseMs: number;
}

/** Counts what one run alone costs its database in a turn. */
export async function measureTurnCost(rig: Rig, turns: number): Promise<TurnCost> {
  const { model, instance } = rig;
  const db = openDatabase(instance.databaseUrl);
  // The statistics of this one are not counted.
  const beside = new URL(instance.databaseUrl);
  beside.pathname = '/postgres';
  const administration = openDatabase(beside.href);
  const counters = async (): Promise<Counters> => {
    await flushCounters(administration);
    return countersOf(db);
  };
  try {
    await model.ask({ type: 'arm', runs: 1, steps: turns }, 'armed');
    const ready = model.next('all-ready');
    const ids = await startRuns(rig, 'ours', { runs: 1, steps: turns });
    await ready;
    const before = await counters();
    const done = model.next('all-done');
    model.send({ type: 'release' });
    await done;
    const after = await counters();
    await terminateRuns(rig, ids);
    model.send({ type: 'finish', by: 'step' });
    const each = (counter: keyof Counters): number =>
      (Number(after[counter]) - Number(before[counter])) / turns;
    return {
      turns,
      commits: each('commits'),
      synchronousCommits: each('waits'),
      backgroundFlushes: each('flushes'),
      walBytes: each('wal_bytes'),
      databaseMs: each('active_ms'),
    };
  } finally {
    await Promise.all([db.destroy(), administration.destroy()]);
  }
}

/** Counters of the server, as texts: some are larger than a number holds. */
interface Counters {
  readonly commits: string;
  readonly waits: string;
  readonly flushes: string;
  readonly wal_bytes: string;
  readonly active_ms: string;
}

/** A connection reports what it did within 10 s, or when it ends (PostgreSQL, cumulative statistics). */
async function flushCounters(administration: Database): Promise<void> {
  await sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where pid <> pg_backend_pid() and backend_type = 'client backend'`.execute(administration);
}

async function countersOf(db: Database): Promise<Counters> {
  const { rows } = await sql<Counters>`
    select pg_snapshot_xmax(pg_current_snapshot())::text as commits,
      (select sum(fsyncs) from pg_stat_io where object = 'wal' and backend_type = 'client backend')::text as waits,
      (select sum(fsyncs) from pg_stat_io where object = 'wal' and backend_type <> 'client backend')::text as flushes,
      (select wal_bytes from pg_stat_wal)::text as wal_bytes, d.active_time::text as active_ms
    from pg_stat_database d where d.datname = current_database()`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the database has no statistics');
  return row;
}
