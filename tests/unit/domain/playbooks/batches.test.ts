import { describe, expect, it } from '@jest/globals';

import { applyStatus } from '../../../../domain/playbooks/apply/apply-status.ts';
import { batchesOf, stopsAfter } from '../../../../domain/playbooks/apply/batches.ts';
import type { HostCounts } from '../../../../domain/playbooks/playbook-event-schema.ts';

const none: HostCounts = {
  ok: 1,
  changed: 0,
  failed: 0,
  unreachable: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
};
const hosts = Array.from({ length: 10 }, (_, index) => `h${index + 1}`);

describe('batches', () => {
  it.each([
    [undefined, [10]],
    [3, [3, 3, 3, 1]],
    ['30%', [3, 3, 3, 1]],
    ['1%', Array.from({ length: 10 }, () => 1)],
    [40, [10]],
  ])('of size %j hold %j hosts', (size, expected) => {
    expect(batchesOf(hosts, size).map(({ length }) => length)).toEqual(expected);
    expect(batchesOf(hosts, size).flat()).toEqual(hosts);
  });

  it.each([
    [0, 1, true],
    [20, 1, true],
    [34, 1, false],
    [0, 0, false],
  ])('stop at %i %% when %i of 3 failed: %s', (maxFailPercent, failures, expected) => {
    const batch = hosts.slice(0, 3);
    const counts = Object.fromEntries(
      batch.map((host, index) => [host, { ...none, failed: index < failures ? 1 : 0 }]),
    );

    expect(stopsAfter(batch, counts, maxFailPercent)).toBe(expected);
  });

  it('stop after a host that nobody heard of', () => {
    expect(stopsAfter(['h1'], {}, 0)).toBe(true);
  });
});

describe('applyStatus', () => {
  it.each([
    ['succeeded', {}, 'ok'],
    ['failed', { a: { ...none, unreachable: 1 } }, 'unreachable'],
    ['failed', { a: { ...none, failed: 1 }, b: { ...none, unreachable: 1 } }, 'failed'],
    ['partial', { a: none, b: { ...none, unreachable: 1 } }, 'partial'],
    ['unknown', {}, 'unknown'],
  ] as const)('of %s with %j is %s', (status, counts, expected) => {
    expect(applyStatus(status, counts)).toBe(expected);
  });
});
