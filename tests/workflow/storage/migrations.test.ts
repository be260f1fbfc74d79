import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { migrateDown, migrateUp, migrationStates } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  db = openDatabase(server.url);
});

afterAll(async () => {
  await db.destroy();
  await server.stop();
});

/** Every column and index of our tables, in order: two equal schemas give equal lists. */
async function schema(): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') as line
    from information_schema.columns where table_schema = 'public'
    union all
    select indexdef from pg_indexes where schemaname = 'public' order by 1`.execute(db);
  return rows.map(({ line }) => line).filter((line) => !line.includes('kysely'));
}

describe('migrations', () => {
  it('go up, all the way down and up again to an equal schema', async () => {
    const applied = await migrateUp(server.url);
    const first = await schema();
    for (const _ of applied) await migrateDown(server.url);
    const empty = await schema();
    await migrateUp(server.url);

    expect(applied.length).toBeGreaterThan(0);
    expect(first.length).toBeGreaterThan(applied.length);
    expect(empty).toEqual([]);
    expect(await schema()).toEqual(first);
  });

  it('change nothing when everything is there, also when two processes migrate at once', async () => {
    const both = await Promise.all([migrateUp(server.url), migrateUp(server.url)]);

    expect(both).toEqual([[], []]);
    const states = await migrationStates(server.url);
    expect(states.every(({ executedAt }) => executedAt !== null)).toBe(true);
  });

  it('bring one with an earlier number to a database that has later ones', async () => {
    const before = await schema();
    await sql`alter table events drop column schema_version`.execute(db);
    await sql`delete from kysely_migration where name = '0009-event-versions'`.execute(db);

    expect(await migrateUp(server.url)).toEqual(['0009-event-versions']);

    expect(await schema()).toEqual(before);
  });

  it('refuse a database with a newer schema than the program knows', async () => {
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2099-01-01')`.execute(
      db,
    );

    await expect(migrateUp(server.url)).rejects.toMatchObject({ code: 'conflict' });
  });
});
