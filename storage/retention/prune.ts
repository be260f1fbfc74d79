import { sql, type RawBuilder } from 'kysely';

import type { PruneReport } from '../../domain/retention/retention.ts';
import { putOutbox } from '../audit/outbox.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { cutAudit, cuttableTo } from './cut-audit.ts';
import { emptyRuns } from './empty-runs.ts';
import { lockContents } from './lock-contents.ts';
import { cutoff, type Pruning, type Rules } from './pruning.ts';
import { straysOf, sweepReplaced, sweepStrays } from './unneeded-blobs.ts';

/** Runs and rows that go in one transaction. */
const runsAtOnce = 50;
const rowsAtOnce = 5_000;

/**
 * Takes away what is older than the rules say, in bounded transactions. Each batch is whole or not there, and the order
 * does not matter: whoever does it again after a crash comes to the same end.
 */
export async function prune(db: Database, pruning: Pruning): Promise<PruneReport> {
  const { tenant, nowMs, step = () => undefined } = pruning;
  const letters = await inBatches(pruning, 'dead-letters', db, pruneLetters);
  const notifications = await inBatches(pruning, undefined, db, pruneNotifications);
  for (let swept = -1; swept !== 0;) swept = await sweepDeltas(db, tenant);
  const emptied = { runs: 0, blocks: 0, blobs: 0 };
  for (;;) {
    const batch = await db.transaction().execute(async (tx) => {
      await lockContents(tx);
      const runIds = await oldRuns(tx, pruning, runsAtOnce);
      const counts = await emptyRuns(tx, tenant, { runIds, by: 'prune' });
      await step('runs emptied, not committed');
      await record(tx, pruning, 'runs', counts.runs);
      return counts;
    });
    emptied.runs += batch.runs;
    emptied.blocks += batch.blocks;
    emptied.blobs += batch.blobs;
    if (batch.runs === 0) break;
    await step('runs emptied');
  }
  for (let looked = -1; looked !== 0;) {
    const swept = await sweepReplaced(db, tenant);
    looked = swept.looked;
    emptied.blobs += swept.blobs;
    await step('replaced bundles swept');
  }
  for (let swept = -1; swept !== 0;) {
    swept = await sweepStrays(db, tenant, nowMs);
    emptied.blobs += swept;
    await step('strays swept');
  }
  const costs = await inBatches(pruning, 'costs', db, pruneCosts);
  const records = await cutAudit(db, pruning);
  return { ...emptied, costs, records, letters, notifications };
}

/** Says what a prune would take away; changes nothing. Blocks, blobs of old runs and left-over words are not counted. */
export async function wouldPrune(
  db: Database,
  pruning: Omit<Pruning, 'by' | 'step'>,
): Promise<PruneReport> {
  const { tenant, nowMs } = pruning;
  const [costs, letters, notifications, runs, strays, cut] = await Promise.all([
    countOf(db, oldCosts(pruning)),
    countOf(db, oldLetters(pruning)),
    countOf(db, oldNotifications(pruning)),
    oldRuns(db, pruning, Number.MAX_SAFE_INTEGER),
    straysOf(db, tenant, nowMs),
    cuttableTo(db, pruning),
  ]);
  const records = cut.to - cut.from + 1;
  return {
    runs: runs.length,
    blocks: 0,
    blobs: strays.length,
    costs,
    records,
    letters,
    notifications,
  };
}

async function countOf(db: Executor, rows: RawBuilder<unknown>): Promise<number> {
  const counted = await sql<{ count: string }>`select count(*) from (${rows}) as old`.execute(db);
  return Number(counted.rows[0]?.count ?? 0);
}

/** Repeats a deletion until nothing is left to delete, each time with its record in the audit. */
async function inBatches(
  pruning: Pruning,
  recordedAs: string | undefined,
  db: Database,
  work: (tx: Executor, rules: Rules) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await db.transaction().execute(async (tx) => {
      const deleted = await work(tx, pruning);
      if (recordedAs !== undefined) await record(tx, pruning, recordedAs, deleted);
      return deleted;
    });
    if (count === 0) return total;
    total += count;
    await pruning.step?.(`${recordedAs ?? 'notifications'} deleted`);
  }
}

async function record(
  tx: Executor,
  { tenant, by, nowMs }: Pruning,
  what: string,
  count: number,
): Promise<void> {
  if (count === 0) return;
  const { rows } = await sql<{ at: string }>`select clock_timestamp()::text as at`.execute(tx);
  await putOutbox(tx, {
    tenant,
    runId: '',
    position: `${what} ${rows[0]?.at ?? nowMs}`,
    kind: 'data.pruned',
    actor: by,
    subject: `${what} ${count}`,
    digest: '',
  });
}

async function oldRuns(
  db: Executor,
  { tenant, nowMs, retention }: Rules,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('run_id')
    .where('tenant', '=', tenant)
    .where('emptied_at', 'is', null)
    .where('ended_at', '<', cutoff(nowMs, retention.conversationsDays))
    .orderBy('ended_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.run_id);
}

const oldLetters = ({ tenant, nowMs, retention }: Rules) => sql`
  select letter_id from dead_letters
  where tenant = ${tenant} and state <> 'replaying' and created_at < ${cutoff(nowMs, retention.deadLettersDays)}`;

async function pruneLetters(tx: Executor, rules: Rules): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from dead_letters where letter_id in (${oldLetters(rules)} limit ${rowsAtOnce})`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

/** Those that were delivered, and those that nobody can deliver, go with the letters. */
const oldNotifications = ({ tenant, nowMs, retention }: Rules) => sql`
  select ctid from notifications
  where tenant = ${tenant} and state <> 'pending' and created_at < ${cutoff(nowMs, retention.deadLettersDays)}`;

async function pruneNotifications(tx: Executor, rules: Rules): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from notifications where ctid in (${oldNotifications(rules)} limit ${rowsAtOnce})`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

/**
 * Words that a model was saying when the attempt to ask it died. A run takes its own away when it ends; these came later,
 * or were there before that was so.
 */
async function sweepDeltas(db: Executor, tenant: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from deltas where ctid in (
      select d.ctid from deltas d left join runs r on r.run_id = d.run_id
      where d.tenant = ${tenant} and (r.run_id is null or r.ended_at is not null) limit ${rowsAtOnce})`.execute(
    db,
  );
  return Number(numAffectedRows);
}

/** What a run that is not over has spent counts for it still. */
const oldCosts = ({ tenant, nowMs, retention }: Rules) => sql`
  select ctid from usage
  where tenant = ${tenant} and started_at < ${cutoff(nowMs, retention.costsDays)} and state <> 'sent'
    and not exists (select from runs where runs.run_id = usage.run_id and runs.ended_at is null)`;

async function pruneCosts(tx: Executor, rules: Rules): Promise<number> {
  const { tenant, nowMs, retention } = rules;
  const before = cutoff(nowMs, retention.costsDays);
  const { numAffectedRows = 0n } = await sql`
    delete from usage where ctid in (${oldCosts(rules)} limit ${rowsAtOnce})`.execute(tx);
  await sql`delete from budget_history where tenant = ${tenant} and at < ${before}`.execute(tx);
  await sql`
    delete from budget_counters
    where tenant = ${tenant} and period <> '' and period < ${before.toISOString().slice(0, 10)}
      and reserved_calls = 0`.execute(tx);
  return Number(numAffectedRows);
}
