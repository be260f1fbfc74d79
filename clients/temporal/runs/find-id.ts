import { HoldfastError } from '../../../domain/failures.ts';
import { bestFits, plainKeyPattern, runIdOf, runKeyOf } from '../../../domain/run/ids.ts';
import { findApprovalIds, findEffectIds, findRunIds, readRun } from '../../../storage/readers.ts';
import { plainKey } from '../../../storage/hashing.ts';
import type { LocalConnection } from '../local-connection.ts';
import { isNamed } from '../translate-error.ts';

/** What finding a run needs; without Temporal only runs that have begun are found. */
type RunFinder = Pick<LocalConnection, 'db' | 'tenant'> & {
  readonly temporal?: LocalConnection['temporal'];
};

/** The full id of a run by what a person typed: the id, its key, or the start of a key that fits only one. */
export async function findRun(connection: RunFinder, typed: string): Promise<string> {
  const { db, tenant } = connection;
  if (typed.startsWith('run/')) return typed;
  const exact = runIdOf(tenant, plainKey(typed, plainKeyPattern));
  if ((await readRun(db, tenant, exact)) !== undefined) return exact;
  const found = typed === '' ? [] : await findRunIds(db, tenant, typed);
  if (found.length === 0 && typed !== '' && (await isKnownToTemporal(connection, exact)))
    return exact;
  return only(found, { what: 'run', typed, list: 'holdfast runs list' });
}

/** The full id of an approval by what a person typed, its end or its start; of one that waits, where some do. */
export async function findApproval(
  { db, tenant }: LocalConnection,
  typed: string,
): Promise<string> {
  if (typed.startsWith('run/')) return typed;
  const found = typed === '' ? [] : await findApprovalIds(db, tenant, typed);
  return only(bestFits(typed, found), { what: 'approval', typed, list: 'holdfast inbox' });
}

/** The id of an effect's call by what a person typed: its end or its start. */
export async function findEffect({ db, tenant }: LocalConnection, typed: string): Promise<string> {
  if (typed.startsWith('run/')) return typed;
  const found = typed === '' ? [] : await findEffectIds(db, tenant, typed);
  return only(bestFits(typed, found), { what: 'effect', typed, list: 'holdfast effects list' });
}

/** A run that was just started has no row yet. */
async function isKnownToTemporal({ temporal }: RunFinder, runId: string): Promise<boolean> {
  if (temporal === undefined) return false;
  const client = await temporal();
  try {
    await client.workflow.getHandle(runId).describe();
    return true;
  } catch (error) {
    if (isNamed(error, 'WorkflowNotFoundError')) return false;
    throw error;
  }
}

function only(
  found: readonly string[],
  { what, typed, list }: { readonly what: string; readonly typed: string; readonly list: string },
): string {
  const [first, second] = found;
  if (first === undefined) {
    throw new HoldfastError('not_found', `there is no ${what} "${typed}"`, {
      suggestion: `see: ${list}`,
    });
  }
  if (second === undefined) return first;
  const some = found.map((id) => runKeyOf(id)).join(', ');
  throw new HoldfastError('invalid_argument', `"${typed}" fits more than one ${what}: ${some}`, {
    suggestion: 'type more of it',
  });
}
