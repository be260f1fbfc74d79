import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { settleBucket, takeFromBucket } from '../../../storage/models/rate-buckets.ts';
import type { RateLimits, RateTake } from '../../../storage/models/rate-buckets.ts';
import { openDatabase } from '../../../storage/postgres/database.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { startTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let first: Database;
let second: Database;
let models = 0;
let key = { tenant: 'default', model: '' };

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
  models += 1;
  key = { tenant: 'default', model: `model-${models}` };
});

const start = Date.parse('2026-11-21T12:00:00Z');

async function take(
  db: Database,
  { limits, tokens = 0, ms = 0 }: { limits: RateLimits; tokens?: number; ms?: number },
): Promise<RateTake> {
  return takeFromBucket(db, key, { limits, tokens, at: new Date(start + ms) });
}

const sixty = { callsPerMinute: 60 };

describe('takeFromBucket', () => {
  it('gives two workers together 60 calls, not 120', async () => {
    const takes = Array.from({ length: 120 }, (_, index) =>
      take(index % 2 === 0 ? first : second, { limits: sixty }),
    );

    const taken = (await Promise.all(takes)).filter(({ type }) => type === 'taken');

    expect(taken).toHaveLength(60);
  });

  it('gives 60 in every minute of a steady demand', async () => {
    const perMinute = [0, 0, 0];
    for (let ms = 0; ms < 180_000; ms += 500) {
      const db = ms % 1_000 === 0 ? first : second;
      const { type } = await take(db, { limits: sixty, ms });
      const minute = Math.floor(ms / 60_000);
      if (type === 'taken') perMinute[minute] = (perMinute[minute] ?? 0) + 1;
    }

    expect(perMinute).toEqual([60, 60, 60]);
  });

  it('says how long to wait, and keeps that promise', async () => {
    for (let count = 0; count < 60; count += 1) await take(first, { limits: sixty, ms: 10_000 });

    const refused = await take(second, { limits: sixty, ms: 12_000 });

    expect(refused).toEqual({ type: 'refused', retryAfterMs: 58_000 });
    expect((await take(second, { limits: sixty, ms: 70_000 })).type).toBe('taken');
  });

  it('limits tokens and gives back what a call did not use', async () => {
    const limits = { tokensPerMinute: 1_000 };

    expect(await take(first, { limits, tokens: 800 })).toEqual({ type: 'taken', tokens: 800 });
    expect((await take(second, { limits, tokens: 800 })).type).toBe('refused');
    await settleBucket(first, key, { taken: 800, used: 100 });

    expect((await take(second, { limits, tokens: 800 })).type).toBe('taken');
  });

  it('lets a call that is larger than a minute take a whole minute', async () => {
    const limits = { tokensPerMinute: 1_000 };

    expect(await take(first, { limits, tokens: 5_000 })).toEqual({ type: 'taken', tokens: 1_000 });
  });

  it('takes neither when one of both is short', async () => {
    const limits = { callsPerMinute: 2, tokensPerMinute: 1_000 };
    await take(first, { limits, tokens: 900 });

    expect((await take(first, { limits, tokens: 900 })).type).toBe('refused');
    expect((await take(first, { limits, tokens: 50 })).type).toBe('taken');
    expect((await take(first, { limits, tokens: 50 })).type).toBe('refused');
  });

  it('gives each tenant a bucket of its own', async () => {
    const limits = { callsPerMinute: 1 };
    await take(first, { limits });

    const other = { ...key, tenant: 'other' };

    expect((await take(first, { limits })).type).toBe('refused');
    expect((await takeFromBucket(first, other, { limits, tokens: 0 })).type).toBe('taken');
  });

  it('writes nothing for a model without limits', async () => {
    expect(await take(first, { limits: {}, tokens: 5 })).toEqual({ type: 'taken', tokens: 0 });

    const rows = await first
      .selectFrom('model_rate_buckets')
      .selectAll()
      .where('model', '=', key.model)
      .execute();
    expect(rows).toEqual([]);
  });
});
