import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { migrateUp } from '../../../storage/migrations/migrate.ts';
import {
  abandonProbe,
  admitCall,
  listBreakers,
  recordBackendFailure,
  recordBackendSuccess,
} from '../../../storage/models/breakers.ts';
import { openDatabase } from '../../../storage/postgres/database.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let first: Database;
let second: Database;
let backends = 0;
let key = { tenant: 'default', backend: '' };

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  first = openDatabase(server.url);
  second = openDatabase(server.url);
});

afterAll(async () => {
  await first.destroy();
  await second.destroy();
  await server.stop();
});

beforeEach(() => {
  backends += 1;
  key = { tenant: 'default', backend: `http://backend-${backends}/v1` };
});

const start = Date.parse('2026-11-21T12:00:00Z');
const at = (ms: number): Date => new Date(start + ms);

async function fail(db: Database, ms: number): Promise<string> {
  const admission = await admitCall(db, key, { probeMs: 120_000, at: at(ms) });
  if (admission.type === 'refused') return 'refused';
  const { generation } = admission;
  return recordBackendFailure(db, key, { generation, error: 'gone', at: at(ms) });
}

async function open(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await fail(count % 2 === 0 ? first : second, 0);
}

describe('circuit breaker', () => {
  it('opens after five failures in a row, counted over two workers', async () => {
    const states = [];
    for (let count = 0; count < 5; count += 1) {
      states.push(await fail(count % 2 === 0 ? first : second, 0));
    }

    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
    expect(await admitCall(second, key, { probeMs: 1_000, at: at(10_000) })).toEqual({
      type: 'refused',
      retryAfterMs: 20_000,
    });
  });

  it('refuses the sixth call within 10 ms', async () => {
    await open();
    await admitCall(first, key, { probeMs: 1_000, at: at(1) });

    const times = [];
    for (let count = 0; count < 20; count += 1) {
      const began = performance.now();
      await admitCall(first, key, { probeMs: 1_000, at: at(1) });
      times.push(performance.now() - began);
    }

    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(10);
  });

  it('admits exactly one probe of fifty concurrent calls after 30 s', async () => {
    await open();

    const calls = Array.from({ length: 50 }, (_, index) =>
      admitCall(index % 2 === 0 ? first : second, key, { probeMs: 120_000, at: at(30_000) }),
    );
    const admissions = await Promise.all(calls);

    expect(admissions.filter(({ type }) => type === 'admitted')).toEqual([
      { type: 'admitted', generation: 2, probe: true },
    ]);
  });

  it('refuses all of fifty concurrent calls while it is open', async () => {
    await open();

    const calls = Array.from({ length: 50 }, () =>
      admitCall(first, key, { probeMs: 120_000, at: at(29_999) }),
    );

    expect((await Promise.all(calls)).every(({ type }) => type === 'refused')).toBe(true);
  });

  it('closes after a probe that worked and opens again after one that failed', async () => {
    await open();

    expect(await fail(first, 30_000)).toBe('open');
    expect((await admitCall(first, key, { probeMs: 1_000, at: at(59_999) })).type).toBe('refused');
    const probe = await admitCall(second, key, { probeMs: 1_000, at: at(60_000) });
    if (probe.type === 'refused') throw new Error('no probe');
    await recordBackendSuccess(second, key, { generation: probe.generation, at: at(60_001) });

    expect(await admitCall(first, key, { probeMs: 1_000, at: at(60_002) })).toMatchObject({
      type: 'admitted',
      probe: false,
    });
    expect(await listBreakers(first, key.tenant)).toContainEqual(
      expect.objectContaining({ backend: key.backend, state: 'closed', failures: 0 }),
    );
  });

  it('starts the count again after a success', async () => {
    for (let count = 0; count < 4; count += 1) await fail(first, 0);
    await recordBackendSuccess(first, key, { generation: 0, at: at(1) });

    expect(await fail(first, 2)).toBe('closed');
  });

  it('ignores late answers to calls from before it opened', async () => {
    await open();
    await admitCall(first, key, { probeMs: 120_000, at: at(30_000) });

    await recordBackendSuccess(second, key, { generation: 0, at: at(30_001) });

    expect(await recordBackendFailure(second, key, { generation: 0, error: 'late' })).toBe(
      'superseded',
    );
    expect(await listBreakers(first, key.tenant)).toContainEqual(
      expect.objectContaining({ backend: key.backend, state: 'half_open' }),
    );
  });

  it('lets another call probe when a probe was abandoned or its worker died', async () => {
    await open();
    const lost = await admitCall(first, key, { probeMs: 5_000, at: at(30_000) });
    expect((await admitCall(second, key, { probeMs: 5_000, at: at(34_999) })).type).toBe('refused');

    const next = await admitCall(second, key, { probeMs: 5_000, at: at(35_000) });
    expect([lost, next]).toMatchObject([{ probe: true }, { probe: true }]);
    if (next.type === 'refused') throw new Error('no probe');
    await abandonProbe(second, key, { generation: next.generation });

    expect(await admitCall(first, key, { probeMs: 5_000, at: at(35_001) })).toMatchObject({
      probe: true,
    });
  });

  it('keeps tenants apart', async () => {
    await open();

    expect(
      (await admitCall(first, { ...key, tenant: 'other' }, { probeMs: 1_000, at: at(1) })).type,
    ).toBe('admitted');
  });

  it('works with the clock of the database', async () => {
    for (let count = 0; count < 5; count += 1) {
      await recordBackendFailure(first, key, { generation: 0, error: 'gone' });
    }

    const refused = await admitCall(first, key, { probeMs: 1_000 });

    expect(refused.type).toBe('refused');
    expect(refused.type === 'refused' && refused.retryAfterMs).toBeGreaterThan(20_000);
  });
});
