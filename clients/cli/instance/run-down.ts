import { setTimeout as wait } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ProcessRef } from '../../../domain/settings/instance-record-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { endLeftovers, isProcessAlive, readInstance } from './home-door.ts';

/** An instance ends within 14 s; then it is killed. */
const endLimitMs = 16_000;

/** Ends the instance of the data folder and what a killed one left; does nothing when there is none. */
export async function runDown(
  context: CommandContext,
  manner: 'in-order' | 'at-once',
): Promise<void> {
  const { home, sendSignal } = context;
  const state = readInstance(home, sendSignal);
  const wasRunning = state.type === 'running';
  const began = performance.now();
  if (state.type === 'running') await endSupervisor(context, state.record.supervisor, manner);
  const leftovers = await endLeftovers(home, sendSignal);
  const tookMs = Math.round(performance.now() - began);
  context.output.result({ wasRunning, leftovers, tookMs }, () => {
    if (wasRunning) return `ended in ${(tookMs / 1000).toFixed(1)} s\n`;
    return leftovers > 0
      ? `ended ${leftovers} process(es) of a killed instance\n`
      : 'no instance is running\n';
  });
}

async function endSupervisor(
  { sendSignal, output }: CommandContext,
  supervisor: ProcessRef,
  manner: 'in-order' | 'at-once',
): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      sendSignal(supervisor.pid, name);
    } catch (cause) {
      if (!isProcessAlive(supervisor, sendSignal)) return;
      throw new HoldfastError(
        'permission_denied',
        `the instance (process ${supervisor.pid}) belongs to another user`,
        {
          suggestion: 'run the command as the user who started it',
          cause,
        },
      );
    }
  };
  output.talk('ending the instance');
  signal('SIGTERM');
  // The second request means at once; as an equal signal in the same moment it would be seen as one.
  if (manner === 'at-once') signal('SIGINT');
  const deadline = performance.now() + endLimitMs;
  while (isProcessAlive(supervisor, sendSignal) && performance.now() < deadline) {
    await wait(30);
  }
  if (isProcessAlive(supervisor, sendSignal)) signal('SIGKILL');
  while (isProcessAlive(supervisor, sendSignal)) await wait(30);
}
