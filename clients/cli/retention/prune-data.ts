import type { PruneReport } from '../../../domain/retention/retention.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';
import { withClient } from '../with-client.ts';

/** Takes away what is older than the settings say, or counts it. */
export async function pruneData(context: CommandContext, isDryRun: boolean): Promise<void> {
  const { home, environment: variables } = context;
  const { retention, auditRepository = null } = loadSettings({
    home,
    variables,
    flags: {},
  }).settings;
  const pruned = await withClient(context, async (client) =>
    client.data.prune({ retention, auditRepository, isDryRun }),
  );
  context.output.result({ isDryRun, pruned }, () => textOf(pruned, isDryRun));
}

function textOf(pruned: PruneReport, isDryRun: boolean): string {
  const { runs, blocks, blobs, costs, records, letters, notifications } = pruned;
  const counts = [
    [runs, 'runs without their contents'],
    [blocks, 'pieces of conversations'],
    [blobs, 'texts'],
    [costs, 'cost records'],
    [records, 'audit records'],
    [letters, 'dead letters'],
    [notifications, 'notifications'],
  ] as const;
  const lines = counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `  ${count} ${what}\n`);
  if (lines.length === 0) return 'nothing is old enough\n';
  return `${isDryRun ? 'would go' : 'gone'}:\n${lines.join('')}`;
}
