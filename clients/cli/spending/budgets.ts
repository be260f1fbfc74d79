import { type Command, Option } from 'commander';

import { budgetPeriods, budgetScopes } from '../../../domain/budget/budget.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseCount, parseDollars } from '../parse-options.ts';
import type { SetBudgetOptions } from './change-budgets.ts';

/** Registers `budgets`: limits on what model calls use, shared by runs. */
export function registerBudgets(program: Command, context: CommandContext): void {
  const group = program
    .command('budgets')
    .description('limit what model calls may use: money, tokens, calls');
  const list = group
    .command('list', { isDefault: true })
    .description('list budgets with what is left of them')
    .action(async () => {
      const { listBudgets } = await import('./show-budgets.ts');
      await listBudgets(context);
    });
  addExamples(list, ['holdfast budgets', 'holdfast budgets list --json']);

  const show = group
    .command('show')
    .description('show what was reserved and spent of a budget, and what happened to it')
    .argument('<name>', 'name of the budget')
    .action(async (name: string) => {
      const { showBudget } = await import('./show-budgets.ts');
      await showBudget(context, name);
    });
  addExamples(show, ['holdfast budgets show everything']);
  registerSet(group, context);

  const remove = group
    .command('remove')
    .description('remove a budget that was set by command')
    .argument('<name>', 'name of the budget')
    .action(async (name: string) => {
      const { removeBudget } = await import('./change-budgets.ts');
      await removeBudget(context, name);
    });
  addExamples(remove, ['holdfast budgets remove each-run']);
}

function registerSet(group: Command, context: CommandContext): void {
  const set = group
    .command('set')
    .description('set a budget: it counts from the next model call on')
    .argument('<name>', 'name of the budget')
    .addOption(
      new Option('--scope <scope>', 'what it covers').choices(budgetScopes).makeOptionMandatory(),
    )
    .option('--of <name>', 'the one it covers (default: each has a budget of its own)')
    .addOption(
      new Option('--per <period>', 'for good, or for each day (UTC)')
        .choices(budgetPeriods)
        .default('total'),
    )
    .option('--max-usd <dollars>', 'most money', parseDollars)
    .option('--max-tokens <count>', 'most tokens, in and out', parseCount)
    .option('--max-calls <count>', 'most model calls', parseCount)
    .action(async (name: string, options: SetBudgetOptions) => {
      const { setBudget } = await import('./change-budgets.ts');
      await setBudget(context, name, options);
    });
  addExamples(set, [
    'holdfast budgets set everything --scope tenant --per day --max-usd 20',
    'holdfast budgets set shop --scope project --of shop --max-usd 100',
    'holdfast budgets set each-run --scope run --max-calls 200',
  ]);
}
