import { cutSubject, erasureSubject } from '../../domain/audit/audit-record.ts';
import { putOutbox } from './outbox.ts';
import { hashText } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';
import { asRecord } from './records.ts';

/** An erasure, and who had its records told of. */
interface ToldErasure {
  readonly tenant: string;
  readonly erasure: string;
  readonly by: string;
  /** What it is told behind: another one each time. */
  readonly position: string;
}

/** Has the chain say what the records of an erasure look like now; what it said of them before counts no more. */
export async function tellErasure(
  tx: Executor,
  { tenant, erasure, by, position }: ToldErasure,
): Promise<void> {
  await putOutbox(tx, {
    tenant,
    runId: '',
    position,
    kind: 'data.erased',
    actor: by,
    subject: erasureSubject(erasure),
    digest: await digestOfErasure(tx, tenant, erasure),
  });
}

/** Those erasures whose records look as the chain says. */
export async function trueErasures(
  db: Executor,
  tenant: string,
  erasures: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const erasure of erasures) {
    if (await isErasureTrue(db, tenant, erasure)) found.push(erasure);
  }
  return found;
}

/** Hash over the records of an erasure as they are now, their own hashes among their fields, in the order of the chain. */
async function digestOfErasure(db: Executor, tenant: string, erasure: string): Promise<string> {
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

/** The digest of the newest record of a subject, also of one that is about to be taken into the chain. */
async function toldOf(
  db: Executor,
  tenant: string,
  { kind, subject }: { readonly kind: string; readonly subject: string },
): Promise<string | undefined> {
  const waiting = await db
    .selectFrom('outbox')
    .select('digest')
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('seq', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (waiting !== undefined) return waiting.digest;
  const record = await db
    .selectFrom('audit')
    .select('digest')
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return record?.digest;
}
