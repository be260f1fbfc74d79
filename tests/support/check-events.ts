import { eventSchema } from '../../domain/events/event-schema.ts';
import { eventSchemaVersion } from '../../domain/events/event-types.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** Checks every event in a database against its schema and every run for gaps. Returns what is wrong; may be empty. */
export async function wrongEvents(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('events').selectAll().orderBy('run_id').orderBy('seq').execute();
  const expected = new Map<string, number>();
  return rows.flatMap((row) => {
    const next = (expected.get(row.run_id) ?? 0) + 1;
    expected.set(row.run_id, row.seq);
    const gap = row.seq === next ? [] : [`${row.run_id}: ${row.seq} follows ${next - 1}`];
    const parsed = eventSchema.safeParse({
      id: `${row.run_id}#${row.seq}`,
      seq: row.seq,
      schemaVersion: eventSchemaVersion,
      type: row.type,
      at: row.at.toISOString(),
      tenant: row.tenant,
      runId: row.run_id,
      correlationId: row.run_id,
      data: row.data,
    });
    const wrong = parsed.error?.issues.map(
      ({ path, message }) => `${row.type} ${path.map(String).join('.')}: ${message}`,
    );
    return [...gap, ...(wrong ?? [])];
  });
}
