import type { Amounts, Budget, Caps } from '../../../domain/budget/budget.ts';
import { costText, countText } from '../live/totals.ts';

/** The limits of a budget in words: `$20.00 and 200 calls a day`. */
export function limitText({ limit, per }: Pick<Budget, 'limit' | 'per'>): string {
  return `${capsText(limit)}${per === 'day' ? ' a day' : ''}`;
}

/** Amounts in the units that a budget limits. */
export function amountsText(limit: Caps, amounts: Amounts | Caps): string {
  return capsText({
    microUsd: limit.microUsd === null ? null : amounts.microUsd,
    tokens: limit.tokens === null ? null : amounts.tokens,
    calls: limit.calls === null ? null : amounts.calls,
  });
}

function capsText({ microUsd, tokens, calls }: Caps): string {
  const parts = [
    ...(microUsd === null ? [] : [costText(microUsd)]),
    ...(tokens === null ? [] : [`${countText(tokens)} tokens`]),
    ...(calls === null ? [] : [`${countText(calls)} calls`]),
  ];
  return parts.join(' and ');
}
