/** Ends the server that the start of the run made. */
export default async function stopSharedDatabase() {
  const server = globalThis.sharedDatabase;
  globalThis.sharedDatabase = undefined;
  delete process.env.HOLDFAST_TEST_DATABASE;
  await server?.stop();
}
