import { Migrator, sql, type Migration } from 'kysely';

import { HoldfastError } from '../../domain/failures.ts';
import { openDatabase, type Database, type Executor } from '../postgres/database.ts';
import { coreMigration } from './0001-core.ts';
import { modelLimitsMigration } from './0002-model-limits.ts';
import { auditMigration } from './0004-audit.ts';
import { budgetsMigration } from './0005-budgets.ts';
import { killSwitchMigration } from './0006-kill-switch.ts';
import { notificationsMigration } from './0008-people-notifications.ts';
import { peopleMigration } from './0008-people.ts';
import { eventVersionsMigration } from './0009-event-versions.ts';
import { lettersAndRetentionMigration } from './0011-letters-retention.ts';
import { recipientsMigration } from './0012-recipients.ts';
import { tenantEventsMigration } from './0012-tenant-events.ts';
import { toolTrustMigration } from './0012-tool-trust.ts';
import { retentionMigration } from './0012-retention.ts';
import { workspaceBundlesMigration } from './0013-workspace-bundles.ts';
import { undoMigration } from './0014-undo.ts';
import { watchedCallsMigration } from './0014-watched-calls.ts';
import { locksMigration } from './0015-locks.ts';
import { playbooksMigration } from './0017-playbooks.ts';
import { givenArgumentsMigration } from './0019-given-arguments.ts';
import { playbookAppliesMigration } from './0018-playbook-applies.ts';
import { hostsMigration } from './0016-hosts.ts';
import type { NumberedMigration } from './numbered-migration.ts';

const migrations: readonly NumberedMigration[] = [
  coreMigration,
  modelLimitsMigration,
  auditMigration,
  budgetsMigration,
  killSwitchMigration,
  peopleMigration,
  notificationsMigration,
  eventVersionsMigration,
  lettersAndRetentionMigration,
  recipientsMigration,
  tenantEventsMigration,
  toolTrustMigration,
  retentionMigration,
  workspaceBundlesMigration,
  undoMigration,
  watchedCallsMigration,
  locksMigration,
  playbooksMigration,
  givenArgumentsMigration,
  playbookAppliesMigration,
  hostsMigration,
];

/** One migration and whether the database has it. */
export interface MigrationState {
  readonly name: string;
  readonly executedAt: string | null;
}

/**
 * Brings the database to the newest schema. A lock lets one process migrate at a time; running it again does nothing.
 * Returns the names of the migrations it applied, in order; may be empty.
 *
 * @throws {HoldfastError} conflict when the database has a newer schema than this program knows.
 */
export async function migrateUp(databaseUrl: string): Promise<readonly string[]> {
  return withMigrator(databaseUrl, async (migrator) => migrator.migrateToLatest());
}

/** Takes the newest migration back. Returns its name, or nothing when there is none. */
export async function migrateDown(databaseUrl: string): Promise<readonly string[]> {
  return withMigrator(databaseUrl, async (migrator) => migrator.migrateDown());
}

/** Every migration this program knows and when the database got it, in order. */
export async function migrationStates(databaseUrl: string): Promise<readonly MigrationState[]> {
  const database = openDatabase(databaseUrl);
  try {
    const known = await migratorOf(database).getMigrations();
    return known.map(({ name, executedAt }) => ({
      name,
      executedAt: executedAt?.toISOString() ?? null,
    }));
  } finally {
    await database.destroy();
  }
}

type Outcome = Awaited<ReturnType<Migrator['migrateToLatest']>>;

async function withMigrator(
  databaseUrl: string,
  work: (migrator: Migrator) => Promise<Outcome>,
): Promise<readonly string[]> {
  const database = openDatabase(databaseUrl);
  try {
    const { error, results } = await work(migratorOf(database));
    if (error !== undefined) throw asHoldfastError(error);
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await database.destroy();
  }
}

function asHoldfastError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (!message.includes('corrupted migrations')) return error;
  return new HoldfastError('conflict', 'the database has a newer schema than this program knows', {
    suggestion: 'install the newer holdfast again, or restore a backup from before the update',
    cause: error,
  });
}

function migratorOf(database: Database): Migrator {
  return new Migrator({
    db: database,
    // A number is taken when work on a migration begins: one may come to databases that have later ones.
    allowUnorderedMigrations: true,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(migrations.map((migration) => [migration.name, asKysely(migration)])),
    },
  });
}

function asKysely({ up, down }: NumberedMigration): Migration {
  return {
    up: async (db) => runAll(db, up),
    down: async (db) => runAll(db, down),
  };
}

async function runAll(db: Executor, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    // One after the other: each statement may need the one before it.
    await sql.raw(statement).execute(db);
  }
}
