import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import {
  firstPrevHash,
  type AuditCheckpoint,
  type AuditRecord,
} from '../../../domain/audit/audit-record.ts';
import { checkpointSigner } from '../../../storage/audit/checkpoints.ts';
import { hashOfRecord } from '../../../storage/audit/records.ts';
import { putOutbox } from '../../../storage/audit/outbox.ts';
import { sequenceBatch } from '../../../storage/audit/sequence-outbox.ts';
import { verifyChain, type ChainReport } from '../../../storage/audit/verify-chain.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const sign = checkpointSigner(privateKey);
let server: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  db = openDatabase(server.url);
});
afterAll(async () => {
  await db.destroy();
  await server.stop();
});
beforeEach(async () => {
  await sql`truncate outbox, audit, audit_heads, audit_checkpoints, audit_readers`.execute(db);
});

async function put(position: number, tenant = 'default'): Promise<void> {
  await putOutbox(db, {
    tenant,
    runId: 'run/default/k',
    position: String(position),
    kind: 'effect.intent',
    actor: 'agent',
    subject: `shell c${position}`,
    digest: `d${position}`,
    ...(position % 2 === 0 ? { decision: 'committed' } : {}),
  });
}

/** Sequences until nothing waits. Returns the last checkpoint. */
async function sequence(tenant = 'default'): Promise<AuditCheckpoint | undefined> {
  let newest: AuditCheckpoint | undefined;
  for (;;) {
    const { checkpoint } = await sequenceBatch(db, tenant, sign);
    if (checkpoint === undefined) return newest;
    newest = checkpoint;
  }
}

/** A chain of `count` records in batches of at most ten. */
async function chainOf(count: number): Promise<AuditCheckpoint | undefined> {
  let kept: AuditCheckpoint | undefined;
  for (let position = 1; position <= count; position += 1) {
    await put(position);
    if (position % 10 === 0 || position === count) kept = await sequence();
  }
  return kept;
}

/** A chain that is made outside of the database, because that is faster. */
async function longChain(count: number): Promise<AuditCheckpoint> {
  const at = '2026-11-21T10:00:00.000Z';
  const records: AuditRecord[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const record = {
      seq,
      tenant: 'default',
      at,
      actor: 'agent',
      kind: 'effect.intent' as const,
      runId: 'run/default/k',
      subject: `shell run/default/k/main/t${seq}/c0`,
      digest: 'x'.repeat(43),
      prevHash: records.at(-1)?.hash ?? firstPrevHash,
    };
    records.push({ ...record, hash: hashOfRecord(record) });
  }
  await sql`insert into audit (tenant, seq, at, actor, kind, run_id, subject, digest, prev_hash, hash)
    select tenant, seq, at, actor, kind, "runId", subject, digest, "prevHash", hash
    from json_to_recordset(${JSON.stringify(records)}::json) as r (tenant text, seq bigint, at timestamptz, actor text,
      kind text, "runId" text, subject text, digest text, "prevHash" text, hash text)`.execute(db);
  return sign({ tenant: 'default', seq: count, hash: records.at(-1)?.hash ?? '', at });
}

async function verify(kept?: AuditCheckpoint, from = 1): Promise<ChainReport> {
  return verifyChain(db, 'default', { from, evidence: { publicKey, kept } });
}

describe('the chain of the audit', () => {
  it('is intact as it was written', async () => {
    const kept = await chainOf(25);

    const report = await verify(kept);

    expect(report).toMatchObject({ isIntact: true, records: 25, from: 1, to: 25, checkpoints: 3 });
    expect(report.head).toBe(kept?.hash);
  });

  it.each([
    ['actor', sql`actor = 'nobody'`],
    ['subject', sql`subject = 'shell c8'`],
    ['digest', sql`digest = 'd8'`],
    ['decision', sql`decision = 'failed'`],
    ['decision set', sql`decision = null`],
    ['time', sql`at = at + interval '1 millisecond'`],
    ['run', sql`run_id = 'run/default/other'`],
    ['kind', sql`kind = 'effect.failed'`],
    ['hash before', sql`prev_hash = hash`],
    ['hash', sql`hash = prev_hash`],
  ])('names the record whose %s was changed', async (_, change) => {
    const kept = await chainOf(25);
    await sql`update audit set ${change} where seq = 12`.execute(db);

    const report = await verify(kept);

    expect(report.isIntact).toBe(false);
    expect(report.faults[0]).toMatchObject({ seq: 12, fault: 'changed' });
  });

  it('names a record that was removed', async () => {
    const kept = await chainOf(25);
    await sql`delete from audit where seq = 7`.execute(db);

    expect((await verify(kept)).faults).toEqual([
      { seq: 7, fault: 'missing', message: 'record 7 is missing' },
    ]);
  });

  it('names a removed record whose successors moved up', async () => {
    const kept = await chainOf(9);
    await sql`delete from audit where seq = 4`.execute(db);
    await sql`update audit set seq = seq - 1000 where seq > 4`.execute(db);
    await sql`update audit set seq = seq + 999 where seq < 0`.execute(db);

    expect((await verify(kept)).faults[0]).toMatchObject({ seq: 4, fault: 'changed' });
  });

  it('names both of two records that were swapped', async () => {
    const kept = await chainOf(25);
    await sql`update audit set seq = -1 where seq = 3`.execute(db);
    await sql`update audit set seq = 3 where seq = 4`.execute(db);
    await sql`update audit set seq = 4 where seq = -1`.execute(db);

    expect((await verify(kept)).faults.map(({ seq }) => seq)).toEqual(
      expect.arrayContaining([3, 4]),
    );
  });

  it('names where somebody rewrote a record and every hash behind it', async () => {
    const kept = await chainOf(25);
    await sql`update outbox set subject = 'shell harmless' where seq = 12`.execute(db);
    await sql`update outbox set seq = null`.execute(db);
    await sql`truncate audit, audit_heads`.execute(db);
    const checkpoints = await db.selectFrom('audit_checkpoints').selectAll().execute();
    await sql`truncate audit_checkpoints`.execute(db);
    const forger = checkpointSigner(generateKeyPairSync('ed25519').privateKey);
    while ((await sequenceBatch(db, 'default', forger)).count > 0);
    await sql`truncate audit_checkpoints`.execute(db);
    await db
      .insertInto('audit_checkpoints')
      .values(checkpoints.map((row) => ({ ...row, seq: Number(row.seq) })))
      .execute();

    const report = await verify(kept);

    // The checkpoint at 10 still holds; the first one behind the change does not.
    expect(report.faults[0]).toMatchObject({ seq: 20, fault: 'forged' });
  });

  it('does not believe checkpoints that another key signed', async () => {
    const kept = await chainOf(5);
    await sql`update audit_checkpoints set signature = ${'A'.repeat(86)}`.execute(db);

    expect((await verify(kept)).faults[0]).toMatchObject({ seq: 5, fault: 'forged' });
  });

  it('names a record that was put behind the end', async () => {
    const kept = await chainOf(5);
    await sql`insert into audit select tenant, 6, at, actor, kind, run_id, subject, digest, decision, hash, hash
      from audit where seq = 5`.execute(db);

    expect((await verify(kept)).faults[0]).toMatchObject({ seq: 6 });
  });

  it('names where the end was cut off', async () => {
    const kept = await chainOf(25);
    await sql`delete from audit where seq > 22`.execute(db);

    expect((await verify(kept)).faults[0]).toEqual({
      seq: 23,
      fault: 'missing',
      message: 'records 23 to 25 are missing',
    });
  });

  it('names where the end was cut off with all that the database knows of it', async () => {
    const kept = await chainOf(25);
    const before = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '=', '20')
      .executeTakeFirstOrThrow();
    await sql`delete from audit where seq > 20`.execute(db);
    await sql`delete from audit_checkpoints where seq > 20`.execute(db);
    await sql`update audit_heads set seq = 20, hash = ${before.hash}`.execute(db);

    expect((await verify()).isIntact).toBe(true);
    expect((await verify(kept)).faults[0]).toMatchObject({ seq: 21, fault: 'missing' });
  });

  it('is checked from any record on', async () => {
    const kept = await chainOf(25);
    await sql`update audit set actor = 'nobody' where seq = 5`.execute(db);

    expect(await verify(kept, 6)).toMatchObject({ isIntact: true, from: 6, records: 20 });
    expect((await verify(kept, 5)).faults[0]).toMatchObject({ seq: 5 });
  });

  it('holds each tenant apart', async () => {
    await put(1, 'one');
    await put(1, 'two');
    await put(2, 'two');

    await sequence('one');
    await sequence('two');

    const heads = await db
      .selectFrom('audit_heads')
      .select(['tenant', 'seq'])
      .orderBy('tenant')
      .execute();
    expect(heads).toEqual([
      { tenant: 'one', seq: '1' },
      { tenant: 'two', seq: '2' },
    ]);
  });

  it('takes the same thing said twice once', async () => {
    await put(1);
    await put(1);
    await sequence();
    await put(1);

    await sequence();

    expect(await verify()).toMatchObject({ records: 1, isIntact: true });
  });

  it('has no gap and no fork with 20 writers and three that sequence at once', async () => {
    const over = new AbortController();
    const sequencing = Array.from({ length: 3 }, async () => {
      while (!over.signal.aborted) {
        await sequence();
        await wait(1);
      }
    });
    const writing = Array.from({ length: 20 }, async (_, writer) => {
      for (let index = 0; index < 25; index += 1) await put(writer * 1_000 + index);
    });

    await Promise.all(writing);
    over.abort();
    await Promise.all(sequencing);
    await sequence();

    const report = await verify();
    expect(report).toMatchObject({ isIntact: true, records: 500, to: 500 });
    const waiting = await db.selectFrom('outbox').select('id').where('seq', 'is', null).execute();
    expect(waiting).toEqual([]);
  });

  it('leaves everything as it was when its transaction breaks off', async () => {
    await put(1);
    const broken = sequenceBatch(db, 'default', () => {
      throw new Error('no key');
    });
    await expect(broken).rejects.toThrow('no key');

    await sequence();

    expect(await verify()).toMatchObject({ isIntact: true, records: 1 });
  });

  it('checks 100,000 records in ten seconds', async () => {
    const kept = await longChain(100_000);

    const began = performance.now();
    const report = await verify(kept);
    const tookMs = performance.now() - began;

    expect(report).toMatchObject({ isIntact: true, records: 100_000 });
    expect(tookMs).toBeLessThan(10_000);
  });
});
