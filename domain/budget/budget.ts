import type { JsonObject } from '../json.ts';
import type { Proof } from '../principals/principal.ts';

/** What a budget covers. Schedules are named already; none exist yet, so such a budget covers nothing. */
export const budgetScopes = ['tenant', 'project', 'specialist', 'run', 'schedule'] as const;
/** How long a budget lasts: for good, or for each day (UTC). */
export const budgetPeriods = ['total', 'day'] as const;

export type BudgetScope = (typeof budgetScopes)[number];
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** Limits of a budget; null means that this unit is not limited. */
export interface Caps {
  readonly microUsd: number | null;
  readonly tokens: number | null;
  readonly calls: number | null;
}

/** What was used or set aside. */
export interface Amounts {
  readonly microUsd: number;
  readonly tokens: number;
  readonly calls: number;
}

/** One limit on what model calls may use. */
export interface Budget {
  readonly name: string;
  readonly scope: BudgetScope;
  /** The one project, specialist, run or schedule that it covers; null: each has one of its own. */
  readonly of: string | null;
  readonly per: BudgetPeriod;
  readonly limit: Caps;
}

/** What may happen to a budget besides calls. */
const budgetEventKinds = ['set', 'removed', 'raise', 'alert'] as const;

export type BudgetEventKind = (typeof budgetEventKinds)[number];

/** True for a kind that this version knows. */
export function isBudgetEventKind(kind: string): kind is BudgetEventKind {
  return budgetEventKinds.some((known) => known === kind);
}

/** What a call would pass: `unknown` is a model without a price under a limit on money. */
export type CapUnit = 'usd' | 'tokens' | 'calls' | 'unknown';

/** A limit that a call would pass, and what would let it through. */
export interface PassedCap {
  /** The counter of the budget: of one subject in one period. */
  readonly counterId: number;
  readonly unit: CapUnit;
  /** By how much the call passes the limit, in micro-dollars, tokens or calls. */
  readonly over: number;
  /**
   * What an approval without an amount allows more: money as much as the call needs, tokens and calls at least a tenth of
   * the limit, because no amount can be said for them and nobody wants to be asked for each call.
   */
  readonly offer: number;
}

/** More room in a budget that a person gave: as much as they signed, else what was offered when it was refused. */
export interface BudgetRaise extends Pick<PassedCap, 'counterId' | 'unit'> {
  /** The approval by which it was given: it counts once. */
  readonly approvalId: string;
  /** What the person signed; absent: nobody did, and it counts for nothing. */
  readonly signed?: JsonObject | undefined;
  readonly proof?: Proof | undefined;
}

/** What is left of a limit that people have raised; null without a limit, and never below 0. */
export function remainingOf(
  cap: number | null,
  used: { readonly raised: number; readonly reserved: number; readonly spent: number },
): number | null {
  return cap === null ? null : Math.max(0, cap + used.raised - used.reserved - used.spent);
}
