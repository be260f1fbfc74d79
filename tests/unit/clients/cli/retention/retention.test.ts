import { describe, expect, it } from '@jest/globals';

import type { DataClient, Erased } from '../../../../../clients/data-client.ts';
import { defaultRetention } from '../../../../../domain/retention/retention.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const erased: Erased = {
  runs: ['run/default/k1'],
  left: [],
  blocks: 1,
  blobs: 2,
  records: 0,
  rows: 0,
  inTemporal: [],
};

function withData(answer: Erased = erased) {
  const calls: unknown[][] = [];
  const data: DataClient = {
    prune: async (input) => {
      calls.push(['prune', input]);
      const nothing = { blobs: 0, costs: 0, records: 0, letters: 0, notifications: 0 };
      return { ...nothing, runs: 3, blocks: 9 };
    },
    erase: async (input) => {
      calls.push(['erase', input]);
      return answer;
    },
  };
  return { calls, client: fakeClient({ overrides: { data } }) };
}

describe('holdfast prune', () => {
  it('takes the days of the settings, and says what went', async () => {
    const { calls, client } = withData();

    const { code, stdout } = await runWith(['prune'], { client });

    expect(code).toBe(0);
    const rules = { retention: defaultRetention, auditRepository: null, isDryRun: false };
    expect(calls).toEqual([['prune', rules]]);
    expect(stdout).toContain('3 runs without their contents');
    expect(stdout).not.toContain('cost records');
  });

  it('only counts in a dry run, also as JSON', async () => {
    const { calls, client } = withData();

    const { stdout } = await runWith(['prune', '--dry-run', '--json'], { client });

    expect(calls).toMatchObject([['prune', { isDryRun: true }]]);
    expect(JSON.parse(stdout)).toMatchObject({ isDryRun: true, pruned: { runs: 3, blocks: 9 } });
  });
});

describe('holdfast erase', () => {
  it.each([
    ['run', 'k1'],
    ['project', 'shop'],
    ['person', 'maria'],
  ])('takes a %s', async (kind, name) => {
    const { calls, client } = withData();

    const { code, stdout } = await runWith(['erase', `--${kind}`, name, '--yes'], { client });

    expect(code).toBe(0);
    expect(calls).toEqual([['erase', { subject: { kind, name }, isDryRun: false }]]);
    expect(stdout).toContain('erased: k1');
  });

  it('exits with 1 and names what is not over, and what Temporal keeps', async () => {
    const { client } = withData({
      ...erased,
      left: ['run/default/k2'],
      inTemporal: ['run/default/k1'],
    });

    const { code, stdout } = await runWith(['erase', '--project', 'shop', '--yes'], { client });

    expect(code).toBe(1);
    expect(stdout).toContain('not over, so they stay: k2');
    expect(stdout).toContain('Temporal keeps the histories of k1');
  });

  it.each([
    ['nothing', []],
    ['two subjects', ['--run', 'k1', '--person', 'maria', '--yes']],
    ['an empty name', ['--person', '', '--yes']],
    ['nobody who could be asked', ['--run', 'k1']],
  ])('refuses %s and erases nothing', async (_, args) => {
    const { calls, client } = withData();

    expect((await runWith(['erase', ...args], { client })).code).toBe(2);
    expect(calls).toEqual([]);
  });
});
