import { cutSubject, erasureSubject } from '../../domain/audit/audit-record.ts';
import { hashText } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';
import { asRecord } from './records.ts';

/** Hash over the records of an erasure as they are now, their own hashes among their fields, in the order of the chain. */
export async function digestOfErasure(
  db: Executor,
  tenant: string,
  erasure: string,
): Promise<string> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('erasure', '=', erasure)
    .orderBy('seq')
    .execute();
  return hashText(rows.map((row) => JSON.stringify(asRecord(row))).join('\n'));
}

/** True when the chain says what the records of an erasure look like, and they do. */
export async function isErasureTrue(
  db: Executor,
  tenant: string,
  erasure: string,
): Promise<boolean> {
  const told = await toldOf(db, tenant, { kind: 'data.erased', subject: erasureSubject(erasure) });
  return told !== undefined && told === (await digestOfErasure(db, tenant, erasure));
}

/** The hash that the chain had where its beginning was cut off; undefined when it tells of no cut there. */
export async function hashAtCut(
  db: Executor,
  tenant: string,
  seq: number,
): Promise<string | undefined> {
  return toldOf(db, tenant, { kind: 'data.pruned', subject: cutSubject(seq) });
}

/** The digest of a record, also of one that is about to be taken into the chain. */
async function toldOf(
  db: Executor,
  tenant: string,
  { kind, subject }: { readonly kind: string; readonly subject: string },
): Promise<string | undefined> {
  for (const table of ['audit', 'outbox'] as const) {
    const row = await db
      .selectFrom(table)
      .select('digest')
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('subject', '=', subject)
      .executeTakeFirst();
    if (row !== undefined) return row.digest;
  }
  return undefined;
}
