import { type Command, InvalidArgumentError, Option } from 'commander';

import { costGroups } from '../../../domain/budget/cost-groups.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseSeconds } from '../parse-options.ts';
import type { CostOptions } from './show-costs.ts';

/** Registers `costs`: where the money went. */
export function registerCosts(program: Command, context: CommandContext): void {
  const command = program
    .command('costs')
    .description('show what model calls used, and what they cost')
    .addOption(
      new Option('--by <group>', 'by what it is summed').choices(costGroups).default('project'),
    )
    .option('--since <time>', 'a day such as 2026-11-01, or a time ago such as 7d', parseSince)
    .option('--project <name>', 'only of this project')
    .action(async (options: CostOptions) => {
      const { showCosts } = await import('./show-costs.ts');
      await showCosts(context, options);
    });
  addExamples(command, [
    'holdfast costs',
    'holdfast costs --by day --since 7d',
    'holdfast costs --by model --json',
  ]);
}

/** Reads a day (UTC), an ISO 8601 time, or a time ago. */
export function parseSince(text: string): Date {
  if (/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)) {
    const time = new Date(text);
    if (!Number.isNaN(time.getTime())) return time;
  }
  try {
    return new Date(Date.now() - parseSeconds(text) * 1_000);
  } catch {
    throw new InvalidArgumentError('Write a day such as 2026-11-01, or a time ago such as 7d.');
  }
}
