import type { TrustLevel } from '../../../domain/tools/tool-trust.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../output/table.ts';
import { withClient } from '../with-client.ts';

/** Lists how far each source of tools is trusted. */
export async function showTrust(context: CommandContext): Promise<void> {
  const { output } = context;
  const sources = await withClient(context, async (client) => client.listTrust());
  output.result({ sources }, () =>
    renderTable(
      {
        columns: [{ title: 'source' }, { title: 'level' }, { title: 'set by' }, { title: 'since' }],
        rows: sources.map(({ source, level, setBy, setAt }) => [
          source,
          level,
          setBy ?? '',
          setAt ?? '',
        ]),
      },
      output.width(),
    ),
  );
}

/** Sets how far a source of tools is trusted. */
export async function setTrust(
  context: CommandContext,
  source: string,
  level: TrustLevel,
): Promise<void> {
  const change = await withClient(context, async (client) => client.setTrust(source, level));
  context.output.result(change, () =>
    change.old === change.new
      ? `${source} is ${level} already\n`
      : `${source} is ${change.new} now; it was ${change.old}\n`,
  );
}
