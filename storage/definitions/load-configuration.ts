import { toBudget } from '../../domain/budget/budget-schema.ts';
import { loadBudgets } from '../budgets/budgets.ts';
import type { Database } from '../postgres/database.ts';
import { loadDefinitions, type LoadedDefinitions } from './definitions.ts';
import { gatherDefinitions, type Configuration } from './gather-definitions.ts';

/**
 * Loads the configuration, all of it or nothing: budgets, and what runs pin into versioned rows. Models that a command
 * added for a while are removed at the start. Returns which definitions changed.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column; nothing is loaded then.
 */
export async function loadConfiguration(
  db: Database,
  tenant: string,
  configuration: Configuration & Partial<Pick<LoadedDefinitions, 'when'>>,
): Promise<readonly string[]> {
  const { when = 'at-start' } = configuration;
  const definitions = gatherDefinitions(configuration);
  const budgets = configuration.settings.budgets.map((written) => toBudget(written));
  return db.transaction().execute(async (tx) => {
    await loadBudgets(tx, { tenant, origin: 'holdfast.yaml' }, budgets);
    return loadDefinitions(tx, tenant, { definitions, when });
  });
}
