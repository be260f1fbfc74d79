import { statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { startRunInstance, type RunInstance } from '../../support/instance/run-instance.ts';
import { pollFor } from '../../support/poll.ts';
import { call, calling, finishing, script } from '../../support/runs/run-scripts.ts';

let instance: RunInstance;
let db: Database;

beforeAll(async () => {
  instance = await startRunInstance([
    { ...script('only', calling(call('list_files')), finishing('done')), conversation: undefined },
  ]);
  db = openDatabase(instance.databaseUrl);
  await instance.json('run', '--no-workspace', '--specialist', 'research', 'look around');
  await pollFor('the end of the run is in the chain', async () => {
    const { document } = await instance.json('audit', 'query', '--kind', 'run.ended');
    return document['total'] === 1 ? true : undefined;
  });
});
afterAll(async () => {
  await db.destroy();
  await instance.stop();
});

describe('holdfast audit', () => {
  it('checks the chain of an instance that was never told to keep one', async () => {
    const { code, document } = await instance.json('audit', 'verify');

    expect(code).toBe(0);
    expect(document).toMatchObject({ isIntact: true, from: 1, faults: [] });
    expect(document['records']).toBeGreaterThan(5);
    expect(statSync(join(instance.home, 'audit', 'key.pem')).mode & 0o777).toBe(0o600);
  });

  it('lists records, newest first, and says how many there are', async () => {
    const { stdout, code } = await instance.cli(['audit', 'query', '--limit', '1']);

    expect(code).toBe(0);
    expect(stdout).toContain('run.ended');
    expect(stdout).toMatch(/1 to 1 of \d+/);
  });

  it.each([
    [['query', '--limit', '1001'], '1 to 1000'],
    [['query', '--days', 'many'], '1 to 365'],
    [['failures', '--days', '91'], '1 to 90'],
    [['verify', '--from', '0'], 'from 1 on'],
    [['export', '--json'], '--format jsonl'],
  ])('refuses %j with what would fit', async (args, words) => {
    const { code, document } = await instance.json('audit', ...args);

    expect(code).toBe(2);
    expect(document).toMatchObject({ code: 'invalid_argument' });
    expect(JSON.stringify(document)).toContain(words);
  });

  it('exports every record with the checkpoints', async () => {
    const { stdout } = await instance.cli(['audit', 'export']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): { readonly type: string; readonly seq: number } => JSON.parse(line));
    const records = lines.filter(({ type }) => type === 'record');

    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    expect(lines.at(-1)).toMatchObject({ type: 'checkpoint', seq: records.length });
    const cef = await instance.cli(['audit', 'export', '--format', 'cef', '--from', '2']);
    expect(cef.stdout.split('\n')[0]).toMatch(/^CEF:0\|Holdfast\|holdfast\|.*externalId=2 /);
  });

  it('exits with 2 and names the record where one byte was changed', async () => {
    const { rows } = await sql<{ readonly seq: string; readonly actor: string }>`
      select seq, actor from audit where kind = 'run.requested'`.execute(db);
    const [{ seq, actor } = { seq: '0', actor: '' }] = rows;
    await sql`update audit set actor = ${`${actor.slice(0, -1)}~`} where seq = ${seq}`.execute(db);

    const { code, document } = await instance.json('audit', 'verify');

    expect(code).toBe(2);
    expect(document).toMatchObject({
      isIntact: false,
      faults: [{ seq: Number(seq), fault: 'changed' }],
    });
    const { stdout } = await instance.cli(['audit', 'verify']);
    expect(stdout).toContain('the chain is broken');
    await sql`update audit set actor = ${actor} where seq = ${seq}`.execute(db);
    expect((await instance.json('audit', 'verify')).code).toBe(0);
  });

  it('exits with 2 where the end was cut off in every table', async () => {
    const [last] = await db
      .selectFrom('audit')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(1)
      .offset(1)
      .execute();
    await sql`delete from audit where seq > ${last?.seq}`.execute(db);
    await sql`delete from audit_checkpoints where seq > ${last?.seq}`.execute(db);
    await sql`update audit_heads set seq = ${last?.seq}, hash = ${last?.hash}`.execute(db);

    const { code, document } = await instance.json('audit', 'verify');

    expect(code).toBe(2);
    expect(document['faults']).toEqual([
      expect.objectContaining({ seq: Number(last?.seq) + 1, fault: 'missing' }),
    ]);
  });
});
