import { HoldfastError } from '../../domain/failures.ts';
import type { ErasureSubject } from '../../domain/retention/retention.ts';
import { hasRuns, readPeople } from '../../storage/readers.ts';
import type { LocalConnection } from './local-connection.ts';

const lists: { readonly [kind in ErasureSubject['kind']]: string } = {
  run: 'holdfast runs list',
  project: 'holdfast costs --by project',
  person: 'holdfast people list',
};

/**
 * Refuses a name that nothing here has: a typing error must not look like a success.
 * @throws {HoldfastError} not_found when there was never a run of it, and nobody is registered so.
 */
export async function assertKnown(
  { db, tenant }: Pick<LocalConnection, 'db' | 'tenant'>,
  subject: ErasureSubject,
): Promise<void> {
  const { kind, name } = subject;
  if (await hasRuns(db, { tenant, subject })) return;
  if (kind === 'person' && (await readPeople(db, tenant)).some((one) => one.name === name)) return;
  throw new HoldfastError('not_found', `nothing is known of the ${kind} "${name}"`, {
    suggestion: `see: ${lists[kind]}`,
  });
}
