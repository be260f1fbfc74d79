import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assert, asyncProperty, constantFrom, record, uniqueArray } from 'fast-check';
import { sql } from 'kysely';

import { stoppingRow, type StopRow } from '../../../domain/stops/stopping-row.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { liftScopes, releaseRuns, stopScopes } from '../../../storage/stops/kill-switch.ts';
import { readStanding, readSwitchHistory } from '../../../storage/stops/kill-switch-reader.ts';
import { putCancel, readStops, stoppedScope } from '../../../storage/stops/stops.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let db: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  db = openDatabase(server.url);
});

afterAll(async () => {
  await db.destroy();
  await server.stop();
});

beforeEach(async () => {
  await db.deleteFrom('stops').execute();
});

const by = { tenant: 't', by: 'ada', reason: 'test' };
const run = { tenant: 't', runId: 'run/t/r1', project: 'p', specialist: 's' };

describe('the function of the database', () => {
  it('judges as the domain does, whatever rows there are', async () => {
    const rows = uniqueArray(
      record({
        tenant: constantFrom('t', '*', 'other'),
        scope: constantFrom(
          'all',
          'tenant:t',
          'project:p',
          'project:q',
          'specialist:s',
          'tool:shell',
          'run:run/t/r1',
          'run:run/t/r1/step/a',
          'run:run/t/r2',
          'hostGroup:web',
          'planet:mars',
          'tool:',
          'tool: ',
          '',
        ),
        kind: constantFrom('cancel', 'kill', 'release', 'newer'),
      }),
      { selector: ({ tenant, scope, kind }) => `${tenant}/${scope}/${kind}`, maxLength: 6 },
    );
    const subjects = [
      stopSubject(run),
      stopSubject(run, ['shell', 'read_file']),
      stopSubject({ ...run, runId: 'run/t/r1/step/a' }, ['shell']),
    ];

    await assert(
      asyncProperty(rows, constantFrom(...subjects), async (written, subject) => {
        await db.deleteFrom('stops').execute();
        const stored: StopRow[] = [];
        for (const row of written) {
          const { seq } = await db
            .insertInto('stops')
            .values({ ...row, reason: 'r', by_whom: 'b' })
            .returning('seq')
            .executeTakeFirstOrThrow();
          stored.push({ ...row, seq: Number(seq) });
        }

        const scope = await stoppedScope(db, subject);
        expect(scope !== undefined).toBe(stoppingRow(stored, subject) !== undefined);
        const seen = await readStops(db, [subject]);
        expect(stoppingRow(seen, subject) !== undefined).toBe(scope !== undefined);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the switch', () => {
  it('lets chosen runs go on, holds them again by a later stop, and forgets releases without a stop', async () => {
    await stopScopes(db, by, ['all']);
    expect(await stoppedScope(db, stopSubject(run))).toBe('all');
    await releaseRuns(db, by, [run.runId]);
    expect(await stoppedScope(db, stopSubject(run))).toBeUndefined();
    expect(await stoppedScope(db, stopSubject({ ...run, runId: 'run/t/r2' }))).toBe('all');
    await stopScopes(db, by, ['all']);
    expect(await stoppedScope(db, stopSubject(run))).toBe('all');

    await releaseRuns(db, by, [run.runId]);
    expect(await liftScopes(db, by, ['all', 'tool:shell'])).toEqual(['all']);

    expect(await readStanding(db, 't')).toEqual([]);
    const history = await readSwitchHistory(db, 't', 10);
    expect(history.slice(0, 5).map(({ kind, scope }) => `${kind} ${scope}`)).toEqual([
      'resume all',
      'release run:run/t/r1',
      'stop all',
      'release run:run/t/r1',
      'stop all',
    ]);
  });

  it('does not take a cancelled run back', async () => {
    await putCancel(db, 't', { scope: `run:${run.runId}`, reason: 'enough', by: 'ada' });
    await releaseRuns(db, by, [run.runId]);

    expect(await stoppedScope(db, stopSubject(run))).toBe(`run:${run.runId}`);
  });

  it('is turned by everybody who turns it at once, in whatever order', async () => {
    const scopes = ['all', 'tenant:t', 'project:p', 'tool:shell'];
    const turned = Array.from({ length: 12 }, async (_, at) => {
      const mine = at % 2 === 0 ? scopes : scopes.toReversed();
      await (at % 3 === 2 ? liftScopes(db, by, mine) : stopScopes(db, by, mine));
    });

    await Promise.all(turned);
    await stopScopes(db, by, scopes);

    const standing = await readStanding(db, 't');
    expect(standing.map(({ scope }) => scope)).toEqual(scopes);
  });

  it('is read by its watchers through an index, also beside many cancelled runs', async () => {
    await sql`insert into stops (tenant, scope, kind, reason, by_whom)
      select 't', 'run:run/t/c' || n, 'cancel', 'r', 'b' from generate_series(1, 20000) n`.execute(
      db,
    );
    await sql`analyze stops`.execute(db);
    const subjects = Array.from({ length: 100 }, (_, n) =>
      stopSubject({ ...run, runId: `run/t/x${n}` }),
    );
    await readStops(db, subjects);

    const since = performance.now();
    for (let times = 0; times < 10; times += 1) await readStops(db, subjects);

    // Sequential scans of these rows take longer than this each.
    expect((performance.now() - since) / 10).toBeLessThan(50);
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      explain select tenant, scope, kind, seq from stops where kind <> 'cancel'`.execute(db);
    expect(rows.map((line) => line['QUERY PLAN']).join('\n')).toContain('stops_standing');
  });
});
