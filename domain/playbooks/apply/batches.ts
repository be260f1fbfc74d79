import type { HostCounts } from '../playbook-event-schema.ts';

/**
 * Parts hosts into batches of a number or a percentage of all of them, at least one host each; all in one without a size.
 * Order is kept.
 */
export function batchesOf(
  hosts: readonly string[],
  size: number | string | undefined,
): readonly (readonly string[])[] {
  if (size === undefined || hosts.length === 0) return [hosts];
  const wanted =
    typeof size === 'number' ? size : Math.floor((hosts.length * Number.parseInt(size, 10)) / 100);
  const each = Math.max(1, wanted);
  const count = Math.ceil(hosts.length / each);
  return Array.from({ length: count }, (_, index) => hosts.slice(index * each, (index + 1) * each));
}

/** True when more than so many percent of the hosts of a batch failed or did not answer: the next does not begin. */
export function stopsAfter(
  batch: readonly string[],
  counts: Readonly<Record<string, HostCounts>>,
  maxFailPercent: number,
): boolean {
  const bad = batch.filter((host) => {
    const own = counts[host];
    return own === undefined || own.failed > 0 || own.unreachable > 0;
  });
  return bad.length * 100 > maxFailPercent * batch.length;
}
