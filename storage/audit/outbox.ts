import { sql } from 'kysely';

import type { AuditDraft } from '../../domain/audit/audit-record.ts';
import type { Executor } from '../postgres/database.ts';

/** Something that is to be audited and belongs to no event of a run. */
export interface OutboxEntry extends AuditDraft {
  readonly tenant: string;
  /** Empty for what belongs to no run. */
  readonly runId: string;
  /** What happens only once under this kind: the same position again writes nothing. */
  readonly position: string;
}

/**
 * Writes down what is to be audited. Call it in the transaction of what it tells of, so that neither is without the
 * other; events of runs come here by themselves.
 */
export async function putOutbox(db: Executor, entry: OutboxEntry): Promise<void> {
  const { tenant, runId, position, kind, actor, subject, digest, decision } = entry;
  await sql`
    insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest, decision)
    values (${tenant}, ${runId}, ${position}, ${kind}, now(), ${actor}, ${subject}, ${digest}, ${decision ?? null})
    on conflict (tenant, run_id, position, kind) do nothing`.execute(db);
}
