import type { Approval } from './approval.ts';

/** What is to be done about an approval that nobody has decided yet, and when. */
export type Due =
  | { readonly type: 'remind'; readonly atMs: number }
  | { readonly type: 'escalate'; readonly atMs: number; readonly to: string }
  | { readonly type: 'expire'; readonly atMs: number };

/**
 * The next thing that is due; undefined when nothing is, ever. Questions about unknown effects and budgets never expire.
 * Without terms only the expiry is due.
 */
export function nextDue(approval: Approval): Due | undefined {
  const all = [...remindersOf(approval), ...escalationsOf(approval), ...expiryOf(approval)];
  return all.toSorted((a, b) => a.atMs - b.atMs)[0];
}

/** The next step of the escalation, whenever it is due. */
export function nextStep({ terms, escalatedTo = [] }: Approval): string | undefined {
  return terms?.escalation[escalatedTo.length]?.to;
}

function remindersOf({ terms, isReminded, requestedAtMs }: Approval): Due[] {
  if (terms?.reminder !== true || isReminded === true) return [];
  return [{ type: 'remind', atMs: requestedAtMs + (terms.expiresAfterSeconds * 1_000) / 2 }];
}

function escalationsOf({ terms, escalatedTo = [], requestedAtMs }: Approval): Due[] {
  const step = terms?.escalation[escalatedTo.length];
  if (step === undefined) return [];
  return [{ type: 'escalate', atMs: requestedAtMs + step.afterSeconds * 1_000, to: step.to }];
}

function expiryOf({ kind, terms, expiresAtMs }: Approval): Due[] {
  const isKept = kind === 'effect_unknown' || kind === 'budget' || terms?.onTimeout === 'keep';
  return isKept ? [] : [{ type: 'expire', atMs: expiresAtMs }];
}
