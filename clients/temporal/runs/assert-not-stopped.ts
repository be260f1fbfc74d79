import { HoldfastError } from '../../../domain/failures.ts';
import { stoppingRow } from '../../../domain/stops/stopping-row.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { readRun, readStops } from '../../../storage/readers.ts';
import type { LocalConnection } from '../local-connection.ts';
import { translated } from '../translate-error.ts';

/**
 * Refuses what would let a run do something while the kill switch holds it: approvals freeze.
 *
 * @throws {HoldfastError} kill_switch_active.
 */
export async function assertNotStopped(
  { db, tenant }: LocalConnection,
  runId: string,
  tool: string | null,
): Promise<void> {
  const row = await translated('the run', async () => readRun(db, tenant, runId));
  if (row === undefined) return;
  const { project, specialist } = row;
  const run = { tenant, runId, project, specialist };
  const subject = stopSubject(run, tool === null ? [] : [tool]);
  const rows = await translated('the kill switch', async () => readStops(db, [subject]));
  const stop = stoppingRow(
    rows.filter(({ kind }) => kind !== 'cancel'),
    subject,
  );
  if (stop === undefined) return;
  throw new HoldfastError(
    'kill_switch_active',
    `${stop.scope} is stopped; nothing is decided now`,
    {
      suggestion: 'see: holdfast kill-switch status; decide when it is resumed',
    },
  );
}
