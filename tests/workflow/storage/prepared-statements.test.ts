import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  db = openDatabase(server.url, 'again-and-again');
  await sql`create table things (name text)`.execute(db);
});

afterAll(async () => {
  await db.destroy();
  await server.stop();
});

/** All of it in one transaction, hence on one connection. */
async function namesOnOneConnection(): Promise<readonly unknown[]> {
  return db.transaction().execute(async (tx) => {
    for (const name of ['a', 'b']) await sql`insert into things values (${name})`.execute(tx);
    const { rows } = await sql`select name, statement from pg_prepared_statements`.execute(tx);
    return rows;
  });
}

describe('a database for statements that are said again and again', () => {
  it('prepares each statement once for a connection', async () => {
    const prepared = await namesOnOneConnection();

    const inserts = prepared.filter((row) => JSON.stringify(row).includes('insert into things'));
    expect(inserts).toHaveLength(1);
  });

  it('goes on with another connection when a table has changed under a statement', async () => {
    const ask = async () => sql<{ name: string }>`select * from things`.execute(db);
    await ask();
    await sql`alter table things add column size integer`.execute(db);

    await expect(ask()).rejects.toThrow('cached plan must not change result type');
    const { rows } = await ask();

    expect(rows[0]).toHaveProperty('size');
  });

  it('tells the values of one statement from those of the next', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(async (value) => sql<{ n: number }>`select ${value}::int as n`.execute(db)),
    );

    expect(answers.map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3]);
  });
});

describe('a commit that does not wait for the disk', () => {
  it('ends with its own statement', async () => {
    const { withoutWait } = await import('../../../storage/postgres/without-wait.ts');
    await db.transaction().execute(async (tx) => {
      await sql`with ${withoutWait} select * from without_wait`.execute(tx);
      const { rows } = await sql<{
        now: string;
      }>`select current_setting('synchronous_commit') as now`.execute(tx);
      expect(rows[0]?.now).toBe('off');
    });

    const { rows } = await sql<{
      now: string;
    }>`select current_setting('synchronous_commit') as now`.execute(db);

    expect(rows[0]?.now).toBe('on');
  });
});
