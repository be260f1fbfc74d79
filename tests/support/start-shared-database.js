import { tsImport } from 'tsx/esm/api';

/** Once for all test files of a run that need PostgreSQL: each makes a database of its own on this server. */
export default async function startSharedDatabase() {
  const given = process.env.DATABASE_URL ?? process.env.HOLDFAST_TEST_DATABASE ?? '';
  if (given !== '') return;
  // Jest loads the set-up of a run without its transformer.
  const { startTestDatabase } = await tsImport('./database.ts', import.meta.url);
  const server = await startTestDatabase();
  process.env.HOLDFAST_TEST_DATABASE = server.url;
  globalThis.sharedDatabase = server;
}
