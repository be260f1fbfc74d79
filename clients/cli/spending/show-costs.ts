import type { CostGroup } from '../../../domain/budget/cost-groups.ts';
import type { CostSum } from '../../spending-client.ts';
import type { CommandContext } from '../command-context.ts';
import { countText, totalCostText } from '../live/totals.ts';
import { renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Options of `costs` as commander gives them. */
export interface CostOptions {
  readonly by: CostGroup;
  readonly since?: Date;
  readonly project?: string;
}

/** Shows sums of model calls. A price that is unknown is counted by itself, never as nothing. */
export async function showCosts(context: CommandContext, options: CostOptions): Promise<void> {
  const { output } = context;
  const { by, since: from, project } = options;
  const query = {
    by,
    ...(from === undefined ? {} : { since: from }),
    ...(project === undefined ? {} : { project }),
  };
  const report = await withClient(context, (client) => client.costs(query));
  const since = from?.toISOString() ?? null;
  output.result({ ...report, since }, (styles) => {
    if (report.rows.length === 0) return 'no model was called\n';
    const total = rowOf({ name: 'total', ...report.total });
    return renderTable(
      {
        columns: [
          { title: report.by, shrinksTo: 12 },
          { title: 'calls', align: 'right' },
          { title: 'tokens in', align: 'right', leaves: 2 },
          { title: 'tokens out', align: 'right', leaves: 3 },
          { title: 'cost', align: 'right' },
          { title: 'unknown', align: 'right' },
          { title: 'estimated', align: 'right', leaves: 1 },
        ],
        rows: [
          ...report.rows.map((row) => rowOf(row)),
          total.map((text) => ({ text, style: styles.bold })),
        ],
      },
      output.width(),
    );
  });
}

function rowOf(row: CostSum & { readonly name: string }): readonly string[] {
  const { name, calls, tokensIn, tokensOut, unknownCalls, estimatedCalls } = row;
  const cost = totalCostText({
    tokensIn,
    tokensOut,
    knownMicroUsd: row.costMicroUsd ?? 0,
    priced: calls - unknownCalls,
    unpriced: unknownCalls,
  });
  return [
    name,
    countText(calls),
    countText(tokensIn),
    countText(tokensOut),
    cost,
    countText(unknownCalls),
    countText(estimatedCalls),
  ];
}
