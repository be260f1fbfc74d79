import type { AuditFailuresQuery, AuditQuery } from '../../../domain/audit/audit-query-schema.ts';
import type { AuditRecord } from '../../../domain/audit/audit-record.ts';
import type { AuditPage } from '../../audit-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { renderTable } from '../output/table.ts';
import { typedId } from '../people/typed-id.ts';
import { withClient } from '../with-client.ts';

/** Options of `audit query` as commander gives them. */
export type QueryOptions = Partial<AuditQuery>;

/** Options of `audit failures` as commander gives them. */
export type FailureOptions = Partial<AuditFailuresQuery>;

/** Lists records that fit. */
export async function queryAudit(context: CommandContext, options: QueryOptions): Promise<void> {
  const query = picked(options, [...failureFields, 'status', 'intent', 'kind', 'run', 'actor']);
  show(context, await withClient(context, async (client) => client.audit.query(query)));
}

/** Lists what went wrong. */
export async function queryFailures(
  context: CommandContext,
  options: FailureOptions,
): Promise<void> {
  const query = picked(options, failureFields);
  show(context, await withClient(context, async (client) => client.audit.failures(query)));
}

const failureFields = ['service', 'days', 'limit', 'offset'] as const;

/** The options that make up the query, where they were given: those for the output come with them. */
export function picked<Options extends object, Field extends keyof Options>(
  options: Options,
  fields: readonly Field[],
): Partial<Pick<Options, Field>> {
  const given = new Set<PropertyKey>(fields.filter((field) => options[field] !== undefined));
  const entries = Object.entries(options).filter(([key]) => given.has(key));
  // Every key is one of the fields.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as Partial<Pick<Options, Field>>;
}

function show({ output }: CommandContext, page: AuditPage): void {
  const { items, total, offset } = page;
  output.result(page, () => {
    if (items.length === 0) return total === 0 ? 'no records\n' : `no records behind ${offset}\n`;
    const rows = items.map((record) => rowOf(record, Date.now()));
    const end =
      items.length < total ? `${offset + 1} to ${offset + items.length} of ${total}\n` : '';
    return `${renderTable({ columns, rows }, output.width())}${end}`;
  });
}

const columns = [
  { title: 'seq', align: 'right' },
  { title: 'when', align: 'right', leaves: 2 },
  { title: 'kind' },
  { title: 'decision' },
  { title: 'actor', leaves: 1 },
  { title: 'subject', shrinksTo: 20 },
] as const;

function rowOf(record: AuditRecord, nowMs: number): readonly string[] {
  const { seq, at, kind, decision = '', actor, subject } = record;
  const [what = '', ...id] = subject.split(' ');
  const shown = id.length === 0 ? what : `${what} ${typedId(id.join(' '))}`;
  return [String(seq), `${distanceText(at, nowMs)} ago`, kind, decision, actor, shown];
}
