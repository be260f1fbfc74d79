import type { BudgetDetail, BudgetEvent, BudgetSummary, BudgetUse } from '../../spending-client.ts';
import type { CommandContext } from '../command-context.ts';
import { EventFields } from '../live/event-fields.ts';
import { costText, countText } from '../live/totals.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderKeyValues, renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';
import { amountsText, limitText } from './spending-text.ts';

/** Lists budgets with what is left of the fullest counter of each. */
export async function listBudgets(context: CommandContext): Promise<void> {
  const { output } = context;
  const budgets = await withClient(context, (client) => client.listBudgets());
  output.result({ budgets }, (styles) =>
    budgets.length === 0
      ? 'no budgets; set one: holdfast budgets set everything --scope tenant --per day --max-usd 20\n'
      : renderTable(
          { columns, rows: budgets.map((budget) => rowOf(budget, styles)) },
          output.width(),
        ),
  );
}

const columns = [
  { title: 'budget', shrinksTo: 12 },
  { title: 'covers', shrinksTo: 12 },
  { title: 'limit' },
  { title: 'spent', leaves: 3 },
  { title: 'reserved', leaves: 1 },
  { title: 'left' },
  { title: 'told', align: 'right', leaves: 2 },
] as const;

function rowOf(budget: BudgetSummary, styles: Styles): readonly Cell[] {
  const { limit, fullest } = budget;
  return [
    budget.budgetId,
    coversText(budget),
    limitText(budget),
    fullest === null ? '' : amountsText(limit, fullest.spent),
    fullest === null ? '' : amountsText(limit, fullest.reserved),
    fullest === null ? 'all' : amountsText(limit, fullest.remaining),
    toldCell(fullest?.alerted ?? 0, styles),
  ];
}

function coversText({ scope, of, fullest }: BudgetSummary): string {
  if (scope === 'tenant') return 'everything';
  if (of !== null) return `${scope} ${of}`;
  return fullest === null ? `each ${scope}` : `each ${scope}, fullest ${fullest.subject}`;
}

function toldCell(alerted: number, styles: Styles): Cell {
  if (alerted === 0) return '';
  return { text: `${alerted} %`, style: alerted >= 90 ? styles.bad : styles.warn };
}

/** Shows one budget. */
export async function showBudget(context: CommandContext, name: string): Promise<void> {
  const { output } = context;
  const budget = await withClient(context, (client) => client.getBudget(name));
  output.result(budget, (styles) => detailText(budget, styles, output.width()));
}

function detailText(budget: BudgetDetail, styles: Styles, width: number): string {
  const { budgetId, limit, origin, counters, history } = budget;
  const parts = [
    renderKeyValues(
      [
        ['budget', budgetId],
        ['covers', coversText({ ...budget, fullest: null })],
        ['limit', limitText(budget)],
        ['set by', origin],
      ],
      width,
    ),
    counters.length === 0
      ? 'nothing was counted yet\n'
      : renderTable(
          {
            columns: [
              { title: 'counter', shrinksTo: 12 },
              { title: 'spent' },
              { title: 'reserved', leaves: 1 },
              { title: 'raised', leaves: 2 },
              { title: 'left' },
              { title: 'unknown', align: 'right', leaves: 3 },
              { title: 'told', align: 'right' },
            ],
            rows: counters.map((use) => [
              counterText(use),
              amountsText(limit, use.spent),
              amountsText(limit, use.reserved),
              amountsText(limit, use.raised),
              amountsText(limit, use.remaining),
              countText(use.unknownCalls),
              toldCell(use.alerted, styles),
            ]),
          },
          width,
        ),
    ...(history.length === 0
      ? []
      : [`history:\n${history.map((event) => `  ${eventText(event)}\n`).join('')}`]),
  ];
  return parts.join('\n');
}

function counterText({ subject, period }: BudgetUse): string {
  return [subject, period].filter((word) => word !== '').join(' ') || 'all';
}

function eventText({ kind, subject, by, data, at }: BudgetEvent): string {
  const of = subject === null || subject === '' ? '' : ` of ${subject}`;
  const fields = new EventFields(data);
  switch (kind) {
    case 'set':
      return `${at}  set by ${by ?? 'nobody'}`;
    case 'removed':
      return `${at}  removed by ${by ?? 'nobody'}`;
    case 'raise':
      return `${at}  ${by ?? 'nobody'} allowed ${raiseText(fields)}${of}`;
    case 'alert':
      return `${at}  ${countText(fields.number('threshold') ?? 0)} %${of} was spent`;
  }
}

function raiseText(fields: EventFields): string {
  const amount = fields.number('amount') ?? 0;
  const unit = fields.line('unit');
  if (unit === 'unknown') return 'calls without a price';
  return unit === 'usd' ? `${costText(amount)} more` : `${countText(amount)} ${unit} more`;
}
