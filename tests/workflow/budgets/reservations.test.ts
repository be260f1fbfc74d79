import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { applyRaises } from '../../../activities/model/turn/apply-raises.ts';
import type { Budget, BudgetRaise, PassedCap } from '../../../domain/budget/budget.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { openIdentity, putPerson, type Identity } from '../../../storage/administration.ts';
import { loadBudgets, putBudget, removeBudget } from '../../../storage/budgets/budgets.ts';
import { readBudgetHistory, readCounters } from '../../../storage/budgets/counters.ts';
import { applyRaise, keepOffer } from '../../../storage/budgets/raise.ts';
import { settleOrphans } from '../../../storage/budgets/settle.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { admitJournalled } from '../../../storage/models/admit-journalled.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import {
  journalCall,
  settleCall,
  type Journalled,
  type JournalledCall,
} from '../../../storage/usage/usage.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

let server: TestDatabase;
let first: Database;
let second: Database;
let tenants = 0;
let tenant = '';

beforeAll(async () => {
  server = await startTestDatabase();
  await migrateUp(server.url);
  first = openDatabase(server.url, 'again-and-again');
  second = openDatabase(server.url, 'again-and-again');
});

afterAll(async () => {
  await first.destroy();
  await second.destroy();
  await server.stop();
});

beforeEach(() => {
  tenants += 1;
  tenant = `t${tenants}`;
});

function budget(change: Partial<Budget> = {}): Budget {
  const limit = { microUsd: 1_000_000, tokens: null, calls: null };
  return { name: 'all', scope: 'tenant', of: null, per: 'total', limit, ...change };
}

function call(run: number, change: Partial<JournalledCall> = {}): JournalledCall {
  const wanted = {
    turnId: `run/${tenant}/r${run}/main/t1`,
    tier: 0,
    attempt: 4,
    tenant,
    runId: `run/${tenant}/r${run}`,
    project: `p${run % 3}`,
    specialist: `s${run % 2}`,
    model: 'm',
    estimatedTokensIn: 100,
    estimatedMicroUsd: 100_000,
    reservedTokens: 200,
    ...change,
  };
  return { ...wanted, subject: stopSubject(wanted) };
}

async function set(...budgets: readonly Budget[]): Promise<void> {
  for (const each of budgets) await putBudget(first, { tenant, by: 'ada' }, each);
}

async function settle(
  db: Database,
  { turnId, runId, tier, attempt }: JournalledCall,
  costMicroUsd: number | null | undefined,
): Promise<void> {
  const usage = { model: 'm', tokensIn: 50, tokensOut: 50, costSource: 'usage' as const };
  await settleCall(db, {
    turnId,
    runId,
    tier,
    attempt,
    state: costMicroUsd === undefined ? 'failed' : 'answered',
    usage: costMicroUsd === undefined ? undefined : { ...usage, costMicroUsd },
  });
}

async function used(name = 'all'): Promise<number> {
  const counters = await readCounters(first, tenant, { budget: name, limit: 1_000 });
  return Math.max(0, ...counters.map((each) => each.spent.microUsd + each.reserved.microUsd));
}

function either(index: number): Database {
  return index % 2 === 0 ? first : second;
}

describe('a reservation', () => {
  it('lets ten of a hundred calls at once go out under a cap of ten', async () => {
    await set(budget());

    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, run) => journalCall(either(run), call(run))),
    );

    expect(answers.filter(({ type }) => type === 'journalled')).toHaveLength(10);
    const refused = answers.find(({ type }) => type === 'over-budget');
    expect(refused).toMatchObject({ refusal: { budget: 'all', unit: 'usd', over: 100_000 } });
    expect(await used()).toBe(1_000_000);
  });

  it('keeps four budgets that overlap under load of fifty runs, without a deadlock', async () => {
    await set(
      budget(),
      budget({
        name: 'project',
        scope: 'project',
        limit: { microUsd: 500_000, tokens: null, calls: null },
      }),
      budget({ name: 'specialist', scope: 'specialist', per: 'day' }),
      budget({ name: 'run', scope: 'run', limit: { microUsd: null, tokens: null, calls: 20 } }),
    );
    let highest = 0;
    const work = async (run: number): Promise<Journalled['type'][]> => {
      const types: Journalled['type'][] = [];
      for (let turn = 1; turn <= 12; turn += 1) {
        const wanted = call(run, { turnId: `run/${tenant}/r${run}/main/t${turn}` });
        const { type } =
          turn % 3 === 0
            ? await journalCall(either(turn), wanted)
            : await quickly(either(run + turn), wanted);
        types.push(type);
        highest = Math.max(highest, await used());
        // Cheap, free because it failed, or as dear as it was reserved.
        const cost = [3_000, undefined, 20_000][(run + turn) % 3];
        if (type === 'journalled') await settle(either(turn), wanted, cost);
      }
      return types;
    };

    const types = await Promise.all(Array.from({ length: 50 }, async (_, run) => work(run)));

    expect(types.flat().filter((type) => type === 'journalled').length).toBeGreaterThan(50);
    expect(types.flat()).toContain('over-budget');
    expect(highest).toBeLessThanOrEqual(1_000_000);
    expect(await used('project')).toBeLessThanOrEqual(500_000);
    const counters = await readCounters(first, tenant, { limit: 1_000 });
    expect(counters.map(({ reserved }) => reserved)).toEqual(
      counters.map(() => ({ microUsd: 0, tokens: 0, calls: 0 })),
    );
    const journal = await first
      .selectFrom('usage')
      .select((eb) => eb.fn.sum<string>('cost_micro_usd').as('sum'))
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow();
    expect(await used()).toBe(Number(journal.sum));
  });

  it('refuses a call of a model without a price under a limit on money only', async () => {
    const limit = { microUsd: null, tokens: 1_000, calls: null };
    await set(budget({ name: 'tokens', limit }));
    const unknown = call(1, { estimatedMicroUsd: null });
    expect(await journalCall(first, unknown)).toEqual({ type: 'journalled' });
    await set(budget());

    const refused = await journalCall(first, { ...unknown, attempt: 5 });

    expect(refused).toMatchObject({ refusal: { budget: 'all', unit: 'unknown' } });
  });

  it('covers the steps of a run by the budget of the run', async () => {
    await set(
      budget({ name: 'run', scope: 'run', limit: { microUsd: null, tokens: null, calls: 1 } }),
    );
    const step = { runId: `run/${tenant}/r1/step/a`, turnId: `run/${tenant}/r1/step/a/main/t1` };

    expect(await journalCall(first, call(1))).toEqual({ type: 'journalled' });
    expect(await journalCall(first, call(1, step))).toMatchObject({ type: 'over-budget' });
    expect(await journalCall(first, call(2))).toEqual({ type: 'journalled' });
  });

  it('counts only the one project that a budget names', async () => {
    const limit = { microUsd: null, tokens: null, calls: 1 };
    await set(budget({ name: 'one', scope: 'project', of: 'p1', limit }));

    expect(await journalCall(first, call(0))).toEqual({ type: 'journalled' });
    expect(await journalCall(first, call(3))).toEqual({ type: 'journalled' });
    expect(await journalCall(first, call(1))).toEqual({ type: 'journalled' });
    expect(await journalCall(first, call(4))).toMatchObject({ type: 'over-budget' });
  });
});

async function quickly(
  from: Database,
  wanted: JournalledCall,
): Promise<{ type: Journalled['type'] }> {
  const { type } = await admitJournalled(from, { tenant, backend: 'http://m' }, wanted);
  if (type === 'ask-breaker') throw new Error('no breaker is open');
  return { type: type === 'admitted' ? 'journalled' : type };
}

describe('a call whose worker died', () => {
  it('is spent as it was reserved, and corrected when it ends after all', async () => {
    await set(budget());
    await journalCall(first, call(1));
    await settleOrphans(first, { runId: call(1).runId, turn: { id: call(1).turnId, before: 8 } });
    const [orphaned] = await readCounters(first, tenant, { limit: 1 });
    await settle(second, call(1), 30_000);
    await settle(second, call(1), 30_000);

    expect(orphaned).toMatchObject({
      reserved: { microUsd: 0 },
      spent: { microUsd: 100_000, calls: 1 },
    });
    const [settled] = await readCounters(first, tenant, { limit: 1 });
    expect(settled).toMatchObject({
      reserved: { microUsd: 0, tokens: 0, calls: 0 },
      spent: { microUsd: 30_000, tokens: 100, calls: 1 },
    });
  });

  it('is settled once, by its turn or by the end of its run', async () => {
    await set(budget());
    await journalCall(first, call(1));
    await journalCall(first, call(1, { attempt: 8 }));

    await settleOrphans(first, { runId: call(1).runId, turn: { id: call(1).turnId, before: 8 } });
    await settleOrphans(first, { runId: call(1).runId });
    await settleOrphans(first, { runId: call(1).runId });

    const [counter] = await readCounters(first, tenant, { limit: 1 });
    expect(counter).toMatchObject({
      reserved: { calls: 0 },
      spent: { microUsd: 200_000, calls: 2 },
    });
  });
});

describe('a settlement', () => {
  it('tells of 80 and 90 percent once each, also when one call passes both', async () => {
    await set(budget());
    for (const run of [1, 2, 3, 4]) {
      await journalCall(first, call(run));
      await settle(first, call(run), run === 1 ? 790_000 : run === 2 ? 120_000 : 0);
    }

    const [counter] = await readCounters(first, tenant, { limit: 1 });
    const history = await readBudgetHistory(first, tenant, { budget: 'all', limit: 10 });
    const alerts = history.filter(({ kind }) => kind === 'alert');
    expect(counter?.alerted).toBe(90);
    expect(alerts.map(({ data }) => data)).toMatchObject([{ threshold: 90 }, { threshold: 80 }]);
  });

  it('takes what was reserved for a price that nobody knows afterwards, and counts it as unknown', async () => {
    await set(budget());
    await journalCall(first, call(1));

    await settle(first, call(1), null);

    const [counter] = await readCounters(first, tenant, { limit: 1 });
    expect(counter).toMatchObject({ spent: { microUsd: 100_000 }, unknownCalls: 1 });
  });

  it('returns the reservation of a call that failed and used nothing', async () => {
    await set(budget());
    await journalCall(first, call(1));

    await settle(first, call(1), undefined);

    expect(await used()).toBe(0);
  });
});

describe('a raise', () => {
  it('counts once for each approval, whoever brings it', async () => {
    await set(budget({ limit: { microUsd: 50_000, tokens: null, calls: null } }));
    const raise = signed(await person(['approver']), await refusedCap(), {});

    await Promise.all([raiseOn(first, raise), raiseOn(second, raise)]);

    expect((await readCounters(first, tenant, { limit: 1 }))[0]?.raised.microUsd).toBe(50_000);
    expect(await journalCall(first, call(1))).toEqual({ type: 'journalled' });
  });

  it('gives the amount that was signed, however much else was offered', async () => {
    await set(budget({ limit: { microUsd: 50_000, tokens: null, calls: null } }));
    const cap = await refusedCap();

    await raiseOn(first, signed(await person(['operator']), cap, { raiseMicroUsd: 70_000 }));

    const [counter] = await readCounters(first, tenant, { limit: 1 });
    expect(counter?.raised.microUsd).toBe(70_000);
    const [entry] = await readBudgetHistory(first, tenant, { budget: 'all', limit: 9 });
    expect(entry).toMatchObject({ kind: 'raise', by: 'ann', data: { amount: 70_000 } });
  });

  it('counts for nothing without the signature of somebody who may, for this turn', async () => {
    await set(budget({ limit: { microUsd: 50_000, tokens: null, calls: null } }));
    const cap = await refusedCap();
    const ann = await person(['approver']);
    const good = signed(ann, cap, {});
    const { proof: _, ...unsigned } = good;
    const forged = { ...good, signed: { ...good.signed, raiseMicroUsd: 1e12 } };
    const otherTurn = `${call(1).runId}/main/t2`;
    const others = signed(ann, { ...cap, turn: otherTurn }, {});

    await raiseOn(first, unsigned);
    await raiseOn(first, forged);
    await raiseOn(first, { ...good, counterId: cap.counterId + 1 });
    await raiseOn(first, { ...good, unit: 'tokens' });
    await raiseOn(first, signed(ann, cap, { decision: 'reject' }));
    await raiseOn(first, others);
    await raiseOn(first, others, otherTurn);
    await person(['developer'], ann);
    await raiseOn(first, good);

    const [counter] = await readCounters(first, tenant, { limit: 1 });
    expect(counter?.raised).toEqual({ microUsd: 0, tokens: 0, calls: 0 });
    expect(await journalCall(first, call(1))).toMatchObject({ type: 'over-budget' });
  });

  it('offers a tenth of a limit on calls', async () => {
    await set(budget({ limit: { microUsd: null, tokens: null, calls: 0 } }));
    expect(await journalCall(first, call(1))).toMatchObject({ refusal: { over: 1, offer: 1 } });
    await set(budget({ limit: { microUsd: null, tokens: 100, calls: null } }));
    expect(await journalCall(first, call(1))).toMatchObject({ refusal: { over: 100, offer: 100 } });
    await set(budget({ limit: { microUsd: null, tokens: 199, calls: null } }));
    expect(await journalCall(first, call(1))).toMatchObject({ refusal: { over: 1, offer: 20 } });
  });

  it('of another tenant changes nothing', async () => {
    await set(budget({ limit: { microUsd: 0, tokens: null, calls: null } }));
    const { turn, ...cap } = await refusedCap();

    const given = { ...cap, approvalId: `${turn}/a1`, microUsd: 1_000_000, by: 'eve' };
    await applyRaise(first, { tenant: 'other', runId: 'run/other/r1', turn }, given);

    expect(await journalCall(first, call(1))).toMatchObject({ type: 'over-budget' });
  });
});

/** What refuses the first call of a run, kept as the worker keeps it. */
async function refusedCap(): Promise<PassedCap & { readonly turn: string }> {
  const refused = await journalCall(first, call(1));
  if (refused.type !== 'over-budget') throw new Error('it was let through');
  const { runId, turnId: turn } = call(1);
  await keepOffer(first, { tenant, runId, turn }, refused.refusal);
  return { ...refused.refusal, turn };
}

/** Registers ann with these roles. */
async function person(roles: string[], known?: Identity): Promise<Identity> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
  const key = known ?? openIdentity(join(folder, 'identity.pem'));
  const { keyId, publicKey } = key;
  await putPerson(first, tenant, { name: 'ann', roles, keys: [{ keyId, publicKey }], by: 'ann' });
  return key;
}

/** An approval of the first call of a run, signed with these fields besides. */
function signed(
  key: Identity,
  { turn, counterId, unit }: PassedCap & { readonly turn: string },
  fields: JsonObject,
) {
  const approvalId = `${turn}/a1`;
  const input = { approvalId, decision: 'approve', ...fields };
  const content = { message: 'decideApproval' as const, runId: call(1).runId, input };
  return { approvalId, counterId, unit, signed: input, proof: key.sign(content, new Date()) };
}

async function raiseOn(
  db: Database,
  raise: BudgetRaise,
  turn: string = call(1).turnId,
): Promise<void> {
  const { runId, project, specialist } = call(1);
  const run = { runId, tenant, project, specialist, agentPath: 'main' };
  await applyRaises(db, { run, turn, raises: [raise] });
}

describe('budgets of a file', () => {
  const file = { origin: 'holdfast.yaml' };

  it('replace each other and leave those that were set by command', async () => {
    await set(budget({ name: 'mine' }));
    await loadBudgets(first, { tenant, ...file }, [budget({ name: 'a' }), budget({ name: 'b' })]);
    await loadBudgets(first, { tenant, ...file }, [budget({ name: 'b' })]);

    const names = await first
      .selectFrom('budgets')
      .select('name')
      .where('tenant', '=', tenant)
      .orderBy('name')
      .execute();
    expect(names).toEqual([{ name: 'b' }, { name: 'mine' }]);
  });

  it('are changed and removed in the file only', async () => {
    await loadBudgets(first, { tenant, ...file }, [budget()]);

    await expect(set(budget())).rejects.toMatchObject({ code: 'conflict' });
    await expect(removeBudget(first, { tenant, by: 'ada' }, 'all')).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(removeBudget(first, { tenant, by: 'ada' }, 'none')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
