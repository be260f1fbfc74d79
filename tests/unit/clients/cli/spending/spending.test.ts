import { describe, expect, it } from '@jest/globals';

import { parseSince } from '../../../../../clients/cli/spending/costs.ts';
import type { BudgetDetail, CostReport } from '../../../../../clients/spending-client.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const spent = { microUsd: 900_000, tokens: 12_000, calls: 9 };
const nothing = { microUsd: 0, tokens: 0, calls: 0 };
const use = {
  subject: 'shop',
  period: '2026-11-01',
  raised: nothing,
  reserved: nothing,
  spent,
  remaining: { microUsd: 100_000, tokens: null, calls: 1 },
  unknownCalls: 0,
  alerted: 90,
};
const detail: BudgetDetail = {
  budgetId: 'shop',
  scope: 'project',
  of: 'shop',
  per: 'day',
  limit: { microUsd: 1_000_000, tokens: null, calls: 10 },
  origin: 'command',
  counters: [use],
  history: [
    {
      kind: 'raise',
      subject: 'shop',
      runId: 'run/default/k1',
      by: 'ada',
      data: { unit: 'usd', amount: 500_000 },
      at: '2026-11-01T10:00:00.000Z',
    },
  ],
};

describe('holdfast budgets', () => {
  it('lists limits with what is left, in the units that are limited', async () => {
    const client = fakeClient({
      overrides: { listBudgets: async () => [{ ...detail, fullest: use }] },
    });

    const { stdout, code } = await runWith(['budgets'], { client });

    expect(code).toBe(0);
    expect(stdout).toContain('$1.00 and 10 calls a day');
    expect(stdout).toContain('$0.1000 and 1 calls');
    expect(stdout).toContain('90 %');
    expect(stdout).not.toContain('tokens');
  });

  it('shows counters and history', async () => {
    const client = fakeClient({ overrides: { getBudget: async () => detail } });

    const text = await runWith(['budgets', 'show', 'shop'], { client });
    const json = await runWith(['budgets', 'show', 'shop', '--json'], { client });

    expect(text.stdout).toContain('shop 2026-11-01');
    expect(text.stdout).toContain('ada allowed $0.5000 more of shop');
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, ...detail });
  });

  it('sets a budget', async () => {
    const client = fakeClient();
    const args = ['--scope', 'project', '--of', 'shop', '--per', 'day', '--max-usd', '0.1'];

    const { stdout } = await runWith(['budgets', 'set', 'b', ...args], { client });

    expect(client.calls[0]).toEqual([
      'setBudget',
      { name: 'b', scope: 'project', of: 'shop', per: 'day', maxUsd: 0.1 },
    ]);
    expect(stdout).toBe('b is set: $0.1000 a day\n');
  });

  it.each([
    [['set', 'b', '--max-usd', '1']],
    [['set', 'b', '--scope', 'planet', '--max-usd', '1']],
    [['set', 'b', '--scope', 'run', '--max-usd', 'much']],
    [['set', 'b', '--scope', 'run', '--max-calls', '-3']],
    [['show']],
    [['remove']],
  ])('refuses %j', async (args) => {
    const client = fakeClient();

    expect((await runWith(['budgets', ...args], { client })).code).toBe(2);
    expect(client.calls).toEqual([]);
  });
});

describe('holdfast costs', () => {
  const sum = { tokensIn: 10, tokensOut: 20, estimatedCalls: 0 };
  const report: CostReport = {
    by: 'model',
    rows: [
      { name: 'known', calls: 2, costMicroUsd: 3_000_000, unknownCalls: 0, ...sum },
      { name: 'mixed', calls: 3, costMicroUsd: 1_000_000, unknownCalls: 1, ...sum },
      { name: 'unknown', calls: 1, costMicroUsd: null, unknownCalls: 1, ...sum },
    ],
    total: { calls: 6, costMicroUsd: 4_000_000, unknownCalls: 2, ...sum },
  };

  it('never shows an unknown price as nothing', async () => {
    const client = fakeClient({ overrides: { costs: async () => report } });

    const { stdout } = await runWith(['costs', '--by', 'model'], { client });

    expect(stdout).toMatch(/known +2 +10 +20 +\$3\.00 +0/);
    expect(stdout).toMatch(/mixed .* at least \$1\.00 +1/);
    expect(stdout).toMatch(/unknown .* unknown +1/);
    expect(stdout).toMatch(/total .* at least \$4\.00 +2/);
  });

  it('asks by group, time and project', async () => {
    const client = fakeClient();
    const args = ['--by', 'day', '--since', '2026-11-01', '--project', 'shop', '--json'];

    const { stdout } = await runWith(['costs', ...args], { client });

    const since = new Date('2026-11-01T00:00:00Z');
    expect(client.calls[0]).toEqual(['costs', { by: 'day', since, project: 'shop' }]);
    expect(JSON.parse(stdout)).toMatchObject({ by: 'day', since: since.toISOString(), rows: [] });
  });

  it.each(['-1', '2026-13-45', 'yesterday', '', '7d and more'])(
    'refuses --since %j',
    async (time) => {
      const { code, stderr } = await runWith(['costs', `--since=${time}`], {
        client: fakeClient(),
      });

      expect(code).toBe(2);
      expect(stderr).toContain('7d');
    },
  );

  it('reads a time ago', () => {
    const ago = Date.now() - parseSince('7d').getTime();

    expect(Math.abs(ago - 7 * 86_400_000)).toBeLessThan(5_000);
  });
});
