import { describe, expect, it } from '@jest/globals';

import type { LocksClient, LockView } from '../../../../../clients/locks-client.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const user = { callId: 'c', mode: 'exclusive', purpose: 'git push origin topic' } as const;
const since = new Date(Date.now() - 90_000).toISOString();
const lock: LockView = {
  name: 'repo:example.org/shop',
  lockId: 'lock/default/repo/x',
  fence: 7,
  holders: [{ ...user, runId: 'run/default/k1', runKey: 'k1', fence: 7, since }],
  queue: [{ ...user, runId: 'run/default/k2', runKey: 'k2', place: 1, since }],
};

function withLocks(found: LockView = lock) {
  const orders: unknown[] = [];
  const locks: LocksClient = {
    list: async () => [found],
    show: async () => found,
    break: async (order) => {
      orders.push(order);
      return { fence: 8 };
    },
  };
  return { orders, client: fakeClient({ overrides: { locks } }) };
}

describe('holdfast locks', () => {
  it('lists who holds what and who waits', async () => {
    const { client } = withLocks();

    const { stdout, code } = await runWith(['locks'], { client });

    expect(code).toBe(0);
    expect(stdout).toMatch(/repo:example\.org\/shop\s+k1\s+exclusive\s+1m \d+s ago\s+k2/);
  });

  it('shows one lock with places and what it is wanted for', async () => {
    const { client } = withLocks();

    const shown = await runWith(['locks', 'show', lock.name], { client });
    const json = await runWith(['locks', 'show', lock.name, '--json'], { client });

    expect(shown.stdout).toContain('repo:example.org/shop, number 7');
    expect(shown.stdout).toMatch(/holds \(7\)\s+k1.*git push origin topic/);
    expect(shown.stdout).toMatch(/waits, 1\.\s+k2/);
    expect(JSON.parse(json.stdout)).toEqual({ schemaVersion: 1, ...lock });
  });

  it('takes a lock from those who hold it, and says from whom', async () => {
    const { client, orders } = withLocks();

    const { stdout, code } = await runWith(
      ['locks', 'break', lock.name, '--reason', 'hangs', '--yes'],
      { client },
    );

    expect(code).toBe(0);
    expect(orders).toEqual([{ name: lock.name, fences: [7], reason: 'hangs' }]);
    expect(stdout).toContain('was taken from k1');
  });

  it.each([
    ['without a reason', ['locks', 'break', 'host:h1', '--yes'], 2],
    ['with an empty reason', ['locks', 'break', 'host:h1', '--reason', ' ', '--yes'], 2],
    ['where nobody can be asked', ['locks', 'break', 'host:h1', '--reason', 'hangs'], 2],
  ])('breaks nothing %s', async (_, args, exit) => {
    const { client, orders } = withLocks();

    const { code, stderr } = await runWith(args, { client });

    expect(code).toBe(exit);
    expect(stderr).not.toBe('');
    expect(orders).toEqual([]);
  });

  it('breaks nothing that nobody holds', async () => {
    const { client, orders } = withLocks({ ...lock, holders: [], queue: [] });

    const { code, stderr } = await runWith(
      ['locks', 'break', lock.name, '--reason', 'x', '--yes'],
      { client },
    );

    expect(code).toBe(1);
    expect(stderr).toContain('nobody holds');
    expect(orders).toEqual([]);
  });
});
