import { loadConfiguration } from '../../storage/definitions/load-configuration.ts';
import { readConfiguration } from '../../storage/definitions/read-configuration.ts';
import { openDatabase } from '../../storage/postgres/database.ts';

/** What is read to find the user's definitions. */
export interface DefinitionSource {
  readonly databaseUrl: string;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads built-ins and the user's own definitions into versioned rows; runs that have begun keep what they pinned.
 * Returns which changed.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column; nothing is loaded then.
 */
export async function loadDefinitions(
  { databaseUrl, home, variables }: DefinitionSource,
  when: 'at-start' | 'while-running',
): Promise<readonly string[]> {
  const { configuration } = readConfiguration({ home, variables, flags: {} });
  const db = openDatabase(databaseUrl);
  try {
    return await loadConfiguration(db, 'default', { ...configuration, when });
  } finally {
    await db.destroy();
  }
}
