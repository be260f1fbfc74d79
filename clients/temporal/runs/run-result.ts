import { HoldfastError } from '../../../domain/failures.ts';
import type { RunResult } from '../../../domain/run/run-result.ts';
import { readRun } from '../../../storage/readers.ts';
import type { LocalConnection } from '../local-connection.ts';
import { documentsOf } from './run-views.ts';
import { translate } from '../translate-error.ts';

/** The result of a run once it has ended, cancelled ones included. */
export async function waitForRun(connection: LocalConnection, runId: string): Promise<RunResult> {
  const { db, tenant } = connection;
  const temporal = await connection.temporal();
  try {
    const result: unknown = await temporal.workflow.getHandle(runId).result();
    const row = await readRun(db, tenant, runId);
    const stored = row === undefined ? null : documentsOf(row).result;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return stored ?? (result as RunResult);
  } catch (error) {
    // A cancelled run and one that the engine failed have a result in their row all the same.
    const row = await readRun(db, tenant, runId);
    const stored = row === undefined ? null : documentsOf(row).result;
    if (stored !== null) return stored;
    throw translate('the run', error);
  }
}

/** Why a run that has no row never began; undefined while it may still begin. */
export async function refusalOf(
  { temporal }: LocalConnection,
  runId: string,
): Promise<Error | undefined> {
  const handle = (await temporal()).workflow.getHandle(runId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return undefined;
  } catch (error) {
    const refusal = translate('the run', error);
    if (refusal instanceof HoldfastError && refusal.code !== 'conflict') return refusal;
    return new HoldfastError('not_found', `there is no run ${runId}`);
  }
  return handle.result().then(
    () => undefined,
    (error: unknown) => errorOf(translate('the run', error)),
  );
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new HoldfastError('internal', 'the run has no result');
}
