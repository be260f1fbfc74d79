import { lineWriter, type ExportFormat } from '../../../domain/audit/export-lines.ts';
import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `audit export` as commander gives them. */
export interface ExportOptions {
  readonly format: ExportFormat;
  readonly from: number;
}

/** Prints the chain as it goes by, so that its length does not matter. */
export async function exportAudit(
  context: CommandContext,
  { format, from }: ExportOptions,
): Promise<void> {
  if (context.flags().json) {
    throw wrongUse('an export is no single JSON document', 'use: --format jsonl');
  }
  const { stdout, version } = context;
  const writer = lineWriter(format, version);
  await withClient(context, async (client) => {
    stdout.write(writer.head);
    for await (const item of client.audit.export(from)) {
      const line =
        item.type === 'record' ? writer.record(item.record) : writer.checkpoint(item.checkpoint);
      stdout.write(line);
    }
  });
}
