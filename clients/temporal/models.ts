import { fieldErrorsOf } from '../../domain/settings/field-errors.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { modelEntrySchema } from '../../domain/models/model-entry-schema.ts';
import { putDefinition, removeDefinition } from '../../storage/administration.ts';
import { listBreakers } from '../../storage/readers.ts';
import type { EndpointState, HoldfastClient } from '../holdfast-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { objectOf } from './runs/run-views.ts';
import { translated } from './translate-error.ts';

/**
 * Adds or changes a model.
 *
 * @throws {HoldfastError} invalid_argument naming each field that does not fit; permission_denied without the role admin.
 */
export async function putModel(
  connection: LocalConnection,
  model: Parameters<HoldfastClient['putModel']>[0],
  isDefault: boolean,
): Promise<void> {
  const parsed = modelEntrySchema.safeParse(model);
  if (!parsed.success) {
    const fieldErrors = fieldErrorsOf(parsed.error, model);
    throw new HoldfastError('invalid_argument', 'the model entry does not fit', { fieldErrors });
  }
  const { db, tenant } = connection;
  // SAFETY: whoever names the address of a model sees what is sent there, and its key.
  const by = await requireRole(connection, 'models');
  const { key: name } = parsed.data;
  const body = objectOf(JSON.parse(JSON.stringify(parsed.data)));
  await putDefinition(db, tenant, { kind: 'model', name, body, origin: 'command', by });
  if (!isDefault) return;
  const chain = { primary: name, triggers: [] };
  await putDefinition(db, tenant, {
    kind: 'chain',
    name: 'default',
    body: chain,
    origin: 'command',
    by,
  });
}

/**
 * Takes a model off the list; runs that began with it keep it.
 *
 * @throws {HoldfastError} permission_denied without the role admin.
 */
export async function removeModel(connection: LocalConnection, name: string): Promise<void> {
  const { db, tenant } = connection;
  const by = await requireRole(connection, 'models');
  await removeDefinition(db, tenant, { kind: 'model', name, by });
}

/** How the endpoints that ever failed are doing, by address. */
export async function endpointStates({
  db,
  tenant,
}: LocalConnection): Promise<readonly EndpointState[]> {
  const breakers = await translated('the endpoints', async () => listBreakers(db, tenant));
  return breakers.map(({ backend: baseUrl, state, failures, lastError }) => ({
    baseUrl,
    state,
    failures,
    lastError,
  }));
}
