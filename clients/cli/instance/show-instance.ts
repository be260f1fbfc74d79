import type { InstanceSummary } from '../../../domain/settings/instance-messages.ts';
import type { CommandContext } from '../command-context.ts';
import { renderKeyValues } from '../output/table.ts';

/** Whether the instance was there before the command, lives on after it, or ends with it. */
export type InstanceManner = 'was-running' | 'detached' | 'foreground';

/** Shows the addresses of an instance that is ready, and how to end it. */
export function showInstance(
  context: CommandContext,
  summary: InstanceSummary,
  manner: InstanceManner,
): void {
  const { output } = context;
  const { temporalAddress, temporalUi, namespace, database, taskQueue, home } = summary;
  output.result({ wasRunning: manner === 'was-running', ...summary }, () =>
    renderKeyValues(
      [
        ['Temporal', `${temporalAddress} (namespace ${namespace})`],
        ...(temporalUi === undefined ? [] : [['Temporal UI', temporalUi] as const]),
        ['PostgreSQL', database],
        ['worker', summary.hasWorker ? `polls the task queue ${taskQueue}` : 'none in this build'],
        ['data folder', home],
      ],
      output.width(),
    ),
  );
  if (manner === 'was-running') return;
  const end = manner === 'detached' ? 'end it with: holdfast down' : 'end it with Ctrl-C';
  output.hint(`ready in ${(summary.startMs / 1000).toFixed(1)} s; ${end}`);
}
