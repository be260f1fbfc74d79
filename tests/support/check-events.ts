import { readEvent } from '../../domain/events/read-event.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** Checks every event in a database against its schema and every run for gaps. Returns what is wrong; may be empty. */
export async function wrongEvents(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('events').selectAll().orderBy('run_id').orderBy('seq').execute();
  const expected = new Map<string, number>();
  return rows.flatMap((row) => {
    const next = (expected.get(row.run_id) ?? 0) + 1;
    expected.set(row.run_id, row.seq);
    const gap = row.seq === next ? [] : [`${row.run_id}: ${row.seq} follows ${next - 1}`];
    const read = readEvent({
      ...row,
      runId: row.run_id,
      schemaVersion: row.schema_version,
      at: row.at.toISOString(),
    });
    const wrong = read.type === 'refused' ? [read.refused.error.message] : [];
    return [...gap, ...wrong];
  });
}
