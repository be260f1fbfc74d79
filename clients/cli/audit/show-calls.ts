import { callWriter, type CallFormat, type CallRecord } from '../../../domain/audit/call-audit.ts';
import type { CallQuery } from '../../../domain/audit/call-query-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { renderTable } from '../output/table.ts';
import { typedId } from '../people/typed-id.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';
import { picked } from './query-audit.ts';

/** Options of `audit calls` as commander gives them. */
export type CallOptions = Partial<CallQuery> & { readonly format?: CallFormat };

/** Lists calls, or prints every one that fits as it goes by. */
export async function showCalls(context: CommandContext, options: CallOptions): Promise<void> {
  const { format } = options;
  const query = picked(options, ['since', 'tool', 'status', 'run', 'limit']);
  if (format !== undefined) return printCalls(context, query, format);
  const { output } = context;
  const calls = await withClient(context, async (client) => client.audit.calls(query));
  output.result({ calls }, () =>
    calls.length === 0
      ? 'no calls\n'
      : renderTable(
          { columns, rows: calls.map((call) => rowOf(call, Date.now())) },
          output.width(),
        ),
  );
}

async function printCalls(
  context: CommandContext,
  query: Partial<CallQuery>,
  format: CallFormat,
): Promise<void> {
  if (context.flags().json) {
    throw wrongUse('an export is no single JSON document', 'leave --format or --json out');
  }
  if (query.limit !== undefined) throw wrongUse('an export holds every call', 'leave --limit out');
  const writer = callWriter(format);
  await withClient(context, async (client) => {
    context.stdout.write(writer.head);
    for await (const call of client.audit.exportCalls(query)) {
      context.stdout.write(writer.line(call));
    }
  });
}

const columns = [
  { title: 'when', align: 'right', leaves: 2 },
  { title: 'tool' },
  { title: 'came out' },
  { title: 'took', align: 'right', leaves: 1 },
  { title: 'code', leaves: 3 },
  { title: 'call', shrinksTo: 20, cuts: 'start' },
] as const;

function rowOf(
  { timestamp, toolName, resultStatus, durationMs, errorCode, callId }: CallRecord,
  nowMs: number,
): readonly string[] {
  return [
    `${distanceText(timestamp, nowMs)} ago`,
    toolName,
    resultStatus ?? '',
    durationMs === null ? '' : `${durationMs} ms`,
    errorCode ?? '',
    typedId(callId),
  ];
}
