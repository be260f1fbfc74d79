import { sql } from 'kysely';

import { cutSubject } from '../../domain/audit/audit-record.ts';
import { tellErasure, trueErasures } from '../audit/erasures.ts';
import { putOutbox } from '../audit/outbox.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { cutoff, type Pruning, type Rules } from './pruning.ts';

/** Records that go in one transaction. */
const recordsAtOnce = 10_000;

/** The first records of a chain that may go; `to` is one less than `from` when there are none. */
export interface Cuttable {
  readonly from: number;
  readonly to: number;
}

/**
 * The beginning of a chain that is older than a moment. The newest record stays, and so does what somebody who follows
 * the chain has not seen yet, if the settings name that reader still.
 */
export async function cuttableTo(
  db: Executor,
  { tenant, nowMs, retention, followers }: Rules,
): Promise<Cuttable> {
  const before = cutoff(nowMs, retention.auditDays);
  const who = followers === undefined ? sql`` : sql`and reader = any(${[...followers]}::text[])`;
  const { rows } = await sql<{ first: string | null; last: string | null }>`
    select min(seq) as first, least(
      coalesce((select min(seq) - 1 from audit where tenant = ${tenant} and at >= ${before}), max(seq) - 1),
      (select min(seq) from audit_readers where tenant = ${tenant} ${who})) as last
    from audit where tenant = ${tenant}`.execute(db);
  const from = Number(rows[0]?.first ?? 1);
  return { from, to: Math.max(from - 1, Number(rows[0]?.last ?? 0)) };
}

/**
 * Cuts the old beginning of a chain off. The chain itself says so: a record names the last number that went and its hash,
 * which the first record that stays has to follow. Of an erasure that loses a part of its records it says what is left.
 * Returns how many went.
 */
export async function cutAudit(db: Database, pruning: Pruning): Promise<number> {
  const { tenant, nowMs, retention, by, followers, step = () => undefined } = pruning;
  const before = cutoff(nowMs, retention.auditDays);
  let total = 0;
  for (;;) {
    const count = await db.transaction().execute(async (tx) => {
      // Whoever makes the chain longer holds this row.
      await sql`select from audit_heads where tenant = ${tenant} for update`.execute(tx);
      const cuttable = await cuttableTo(tx, pruning);
      const to = Math.min(cuttable.to, cuttable.from + recordsAtOnce - 1);
      if (to < cuttable.from) return 0;
      await putOutbox(tx, {
        tenant,
        runId: '',
        position: cutSubject(to),
        kind: 'data.pruned',
        actor: by,
        subject: cutSubject(to),
        digest: await hashAt(tx, tenant, to),
      });
      const parted = await trueErasures(tx, tenant, await erasuresAcross(tx, tenant, to));
      for (const table of ['audit', 'audit_checkpoints', 'outbox'] as const) {
        await sql`delete from ${sql.table(table)} where tenant = ${tenant} and seq <= ${to}`.execute(
          tx,
        );
      }
      if (followers !== undefined) await forgetReaders(tx, { tenant, to, followers });
      for (const erasure of parted) {
        await tellErasure(tx, { tenant, erasure, by, position: `${erasure} behind ${to}` });
      }
      await step('records cut, not committed');
      return to - cuttable.from + 1;
    });
    if (count === 0) break;
    total += count;
    await step('records cut');
  }
  await sql`delete from stop_history where tenant = ${tenant} and at < ${before}`.execute(db);
  await sql`delete from tenant_events where tenant = ${tenant} and at < ${before}`.execute(db);
  // What such rows of the ledger prove, the audit proved as long.
  await sql`
    delete from effects
    where tenant = ${tenant} and state in ('committed', 'failed') and ended_at < ${before}
      and run_id in (select run_id from runs where tenant = ${tenant} and emptied_at is not null)`.execute(
    db,
  );
  return total;
}

/** Readers that nobody configures any more, and that have not seen what was cut off: should one come back, it begins anew. */
async function forgetReaders(
  tx: Executor,
  {
    tenant,
    to,
    followers,
  }: { readonly tenant: string; readonly to: number; readonly followers: readonly string[] },
): Promise<void> {
  await sql`
    delete from audit_readers
    where tenant = ${tenant} and seq < ${to} and reader <> all(${[...followers]}::text[])`.execute(
    tx,
  );
}

/** Erasures with records on both sides of a cut behind this number. */
async function erasuresAcross(
  tx: Executor,
  tenant: string,
  to: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ erasure: string }>`
    select erasure from audit where tenant = ${tenant} and erasure is not null
    group by erasure having min(seq) <= ${to} and max(seq) > ${to}`.execute(tx);
  return rows.map(({ erasure }) => erasure);
}

async function hashAt(tx: Executor, tenant: string, seq: number): Promise<string> {
  const row = await tx
    .selectFrom('audit')
    .select('hash')
    .where('tenant', '=', tenant)
    .where('seq', '=', String(seq))
    .executeTakeFirstOrThrow();
  return row.hash;
}
