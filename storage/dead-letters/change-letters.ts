import type { Database, Executor } from '../postgres/database.ts';
import { putOutbox } from '../audit/outbox.ts';

/** Closes an open letter, because something else took it up. */
export async function closeLetter(db: Executor, letterId: string, runId: string): Promise<void> {
  await db
    .updateTable('dead_letters')
    .set({ state: 'closed', closed_at: new Date(), replay_run: runId })
    .where('letter_id', '=', letterId)
    .where('state', '=', 'open')
    .execute();
}

/** Deletes letters that are older than a moment, but for those that are being replayed. Returns how many. */
export async function purgeLetters(
  db: Database,
  { tenant, by, before }: { readonly tenant: string; readonly by: string; readonly before: Date },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('dead_letters')
      .where('tenant', '=', tenant)
      .where('created_at', '<', before)
      .where('state', '<>', 'replaying')
      .executeTakeFirst();
    const count = Number(numDeletedRows);
    if (count > 0) {
      const at = new Date().toISOString();
      const subject = `dead-letters ${count} before ${before.toISOString()}`;
      await putOutbox(tx, {
        tenant,
        runId: '',
        position: `dead-letters ${at}`,
        kind: 'data.pruned',
        actor: by,
        subject,
        digest: '',
      });
    }
    return count;
  });
}
