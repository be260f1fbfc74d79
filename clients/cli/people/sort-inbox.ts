import type { InboxItem } from '../../inbox-client.ts';

const riskOrder: ReadonlyMap<string, number> = new Map([
  ['destructive', 0],
  ['change', 1],
  ['read', 2],
  ['wait', 2],
]);

/** The inbox as people read it: the riskiest first, then what waits longest. */
export function sortInbox(items: readonly InboxItem[]): readonly InboxItem[] {
  return items.toSorted((first, second) => {
    const risk = (riskOrder.get(first.risk) ?? 1) - (riskOrder.get(second.risk) ?? 1);
    if (risk !== 0) return risk;
    return Date.parse(first.requestedAt) - Date.parse(second.requestedAt);
  });
}
