import type { BudgetPeriod, BudgetScope } from '../../../domain/budget/budget.ts';
import { compactJson } from '../../../domain/json.ts';
import { microUsdPerUsd } from '../../../domain/budget/money.ts';
import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { limitText } from './spending-text.ts';

/** Options of `budgets set` as commander gives them. */
export interface SetBudgetOptions {
  readonly scope: BudgetScope;
  readonly of?: string;
  readonly per: BudgetPeriod;
  /** In micro-dollars. */
  readonly maxUsd?: number;
  readonly maxTokens?: number;
  readonly maxCalls?: number;
}

/** Sets a budget. */
export async function setBudget(
  context: CommandContext,
  name: string,
  { scope, of, per, maxUsd, maxTokens, maxCalls }: SetBudgetOptions,
): Promise<void> {
  const dollars = maxUsd === undefined ? {} : { maxUsd: maxUsd / microUsdPerUsd };
  const budget = await withClient(context, (client) =>
    client.setBudget(compactJson({ name, scope, of, per, ...dollars, maxTokens, maxCalls })),
  );
  context.output.result({ budget }, () => `${name} is set: ${limitText(budget)}\n`);
  if (budget.scope === 'schedule') {
    context.output.talk('note: there are no schedules yet, so nothing is counted against it');
  }
}

/** Removes a budget. */
export async function removeBudget(context: CommandContext, name: string): Promise<void> {
  await withClient(context, (client) => client.removeBudget(name));
  context.output.result({ removed: name }, () => `${name} is removed\n`);
}
