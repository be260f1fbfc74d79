import { type Command, Option } from 'commander';

import { callFormats, callStatuses } from '../../../domain/audit/call-audit.ts';
import { auditKinds } from '../../../domain/audit/audit-record.ts';
import { exportFormats } from '../../../domain/audit/export-lines.ts';
import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseCount } from '../parse-options.ts';
import type { ExportOptions } from './export-audit.ts';
import type { FailureOptions, QueryOptions } from './query-audit.ts';
import type { CallOptions } from './show-calls.ts';

/** Registers `audit`: the chain of records of everything that was asked, judged, decided and done. */
export function registerAudit(program: Command, context: CommandContext): void {
  const group = program
    .command('audit')
    .description('see, check and export the record of what was asked, decided and done');
  registerVerify(group, context);
  registerQuery(group, context);
  registerFailures(group, context);
  registerCalls(group, context);
  registerEvents(group, context);
  registerExport(group, context);
}

function registerVerify(group: Command, context: CommandContext): void {
  const verify = group
    .command('verify')
    .description(
      'find any record that was changed, removed, put in or cut off; exits with 2 when there is one',
    )
    .option('--from <seq>', 'begin at this record', parseCount, 1)
    .action(async ({ from }: { readonly from: number }) => {
      const { verifyAudit } = await import('./verify-audit.ts');
      await verifyAudit(context, from);
    });
  addExamples(verify, ['holdfast audit verify', 'holdfast audit verify --from 5000 --json']);
}

function registerQuery(group: Command, context: CommandContext): void {
  const query = group
    .command('query', { isDefault: true })
    .description('list records, newest first; conditions are joined by AND')
    .option('--status <word>', 'how it was decided or came out: committed, deny, rejected, …')
    .option('--service <name>', 'what was touched: a tool, or policy, model, approval, …')
    .option('--intent <word>', 'what it was about: run, policy, approval, effect, definition, …')
    .addOption(new Option('--kind <kind>', 'exactly this kind').choices(auditKinds))
    .option('--run <run>', 'only of this run')
    .option('--actor <name>', 'who did it')
    .option('--days <count>', 'of the past days, 1 to 365 (default: 30)', Number)
    .option('--limit <count>', 'how many, 1 to 1000 (default: 100)', Number)
    .option('--offset <count>', 'how many to leave out first (default: 0)', Number)
    .action(async (options: QueryOptions) => {
      const { queryAudit } = await import('./query-audit.ts');
      await queryAudit(context, options);
    });
  addExamples(query, [
    'holdfast audit query --intent effect --status failed --days 7',
    'holdfast audit query --actor maria --json',
  ]);
}

function registerFailures(group: Command, context: CommandContext): void {
  const failures = group
    .command('failures')
    .description('list what failed, what nobody saw the end of, and what was denied')
    .option('--service <name>', 'what was touched')
    .option('--days <count>', 'of the past days, 1 to 90 (default: 7)', Number)
    .option('--limit <count>', 'how many, 1 to 1000 (default: 100)', Number)
    .option('--offset <count>', 'how many to leave out first (default: 0)', Number)
    .action(async (options: FailureOptions) => {
      const { queryFailures } = await import('./query-audit.ts');
      await queryFailures(context, options);
    });
  addExamples(failures, ['holdfast audit failures --service shell --days 30']);
}

function registerCalls(group: Command, context: CommandContext): void {
  const calls = group
    .command('calls')
    .description(
      'list what models called: tool, hash of the arguments, how it came out, how long it took',
    )
    .option('--since <moment>', 'from this day or moment on, such as 2026-11-01 (ISO 8601)')
    .option('--tool <name>', 'only of this tool')
    .addOption(new Option('--status <word>', 'only those that came out so').choices(callStatuses))
    .option('--run <run>', 'only of this run')
    .option('--limit <count>', 'how many, 1 to 1000 (default: 100)', Number)
    .addOption(
      new Option('--format <format>', 'print every call that fits as lines, oldest first').choices(
        callFormats,
      ),
    )
    .action(async (options: CallOptions) => {
      const { showCalls } = await import('./show-calls.ts');
      await showCalls(context, options);
    });
  addExamples(calls, [
    'holdfast audit calls --tool shell --status error',
    'holdfast audit calls --since 2026-11-01 --format csv > calls.csv',
  ]);
}

function registerEvents(group: Command, context: CommandContext): void {
  const events = group
    .command('events')
    .description(
      'list what was changed for the whole installation, newest first: kill switch, budgets, refused tries',
    )
    .option('--limit <count>', 'how many', parseCount, 50)
    .action(async ({ limit }: { readonly limit: number }) => {
      const { showEvents } = await import('./show-events.ts');
      await showEvents(context, limit);
    });
  addExamples(events, ['holdfast audit events', 'holdfast audit events --limit 500 --json']);
}

function registerExport(group: Command, context: CommandContext): void {
  const exporting = group
    .command('export')
    .description('print every record in order, with the signed checkpoints')
    .addOption(
      new Option('--format <format>', 'how to write it').choices(exportFormats).default('jsonl'),
    )
    .option('--from <seq>', 'begin at this record', parseCount, 1)
    .action(async (options: ExportOptions) => {
      const { exportAudit } = await import('./export-audit.ts');
      await exportAudit(context, options);
    });
  addExamples(exporting, [
    'holdfast audit export > audit.jsonl',
    'holdfast audit export --format cef --from 5000',
  ]);
}
