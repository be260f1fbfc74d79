import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let db: Database;
let client: HoldfastClient;

/** Nothing listens at port 1. */
const nowhere = '127.0.0.1:1';

const open = (databaseUrl: string): Promise<HoldfastClient> =>
  openLocalClient({
    temporalAddress: nowhere,
    namespace: 'default',
    taskQueue: 'holdfast',
    databaseUrl,
    tenant: 'default',
    home: '/nonexistent',
    user: 'tester',
  });

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  db = openDatabase(server.url);
  client = await open(server.url);
});

afterAll(async () => {
  await client.close();
  await db.destroy();
  await server.stop();
});

async function putEffects(calls: readonly string[]): Promise<void> {
  const rows = calls.map((callId, index) => ({
    call_id: `run/default/${callId}`,
    tenant: 'default',
    run_id: 'run/default/k1',
    agent_path: 'main',
    effect_seq: index + 1,
    digest: 'd',
    tool: 'shell',
    target: callId,
    state: 'committed',
    owner: '{}',
    fence: 1,
    lease_until: new Date(),
    before: '{}',
  }));
  await db.insertInto('effects').values(rows).execute();
}

describe('a client whose Temporal server is away', () => {
  it('reads what PostgreSQL knows', async () => {
    expect(await client.listRuns({})).toEqual([]);
    expect(await client.inbox()).toEqual([]);
    expect(await client.listEffects({})).toEqual([]);
    expect(await client.listDefinitions('model')).toEqual([]);
  });

  it.each([
    ['starting a run', async () => client.startRun({ request: { prompt: 'x' } })],
    ['looking for a run without a row', async () => client.getRun('k9')],
    ['cancelling a run', async () => client.cancelRun('run/default/k9', 'x')],
  ])('says that it is unavailable at %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(nowhere),
    });
  });

  it('adds a model and takes it off again', async () => {
    const entry = { key: 'mine', backend: 'ollama', model: 'm' };

    await client.putModel(entry, { isDefault: false });
    const before = await client.listDefinitions('model');
    await client.removeModel('mine');
    await client.removeModel('nobody');

    expect(before.map(({ name }) => name)).toEqual(['mine']);
    expect(await client.listDefinitions('model')).toEqual([]);
  });
});

describe('a client whose database is away', () => {
  it.each([
    ['runs', async (away: HoldfastClient) => away.listRuns({})],
    ['the inbox', async (away: HoldfastClient) => away.inbox()],
    ['effects', async (away: HoldfastClient) => away.listEffects({})],
    ['models', async (away: HoldfastClient) => away.listDefinitions('model')],
    ['a run', async (away: HoldfastClient) => away.getRun('k1')],
  ])('says that it is unavailable when asked for %s', async (_, ask) => {
    const away = await open(`postgresql://nobody@${nowhere}/none`);

    await expect(ask(away)).rejects.toMatchObject({ code: 'unavailable' });
    await away.close();
  });
});

describe('an effect', () => {
  it('is found by the end of its id, and a whole segment goes before a part of one', async () => {
    await putEffects(['k1/main/t3/c1', 'k1/main/t3/c10', 'k1/main/t13/c1', 'k1/main/t3/c11']);

    const found = async (typed: string): Promise<string> => (await client.getEffect(typed)).target;

    expect(await found('k1/main/t3/c1')).toBe('k1/main/t3/c1');
    expect(await found('t3/c1')).toBe('k1/main/t3/c1');
    expect(await found('c10')).toBe('k1/main/t3/c10');
    await expect(client.getEffect('/c1')).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(client.getEffect('c1')).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(client.getEffect('c3')).rejects.toMatchObject({ code: 'not_found' });
  });
});
