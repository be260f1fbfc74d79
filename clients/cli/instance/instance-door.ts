import { HoldfastError } from '../../../domain/failures.ts';
import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';

type SendSignal = (pid: number, signal: NodeJS.Signals | 0) => void;

/** Builds the look-up of the running instance of a data folder, or the error that says how to start one. */
export function createInstanceDoor(
  home: string,
  sendSignal: SendSignal,
): () => Promise<InstanceRecord> {
  return async () => {
    const { readInstance } = await import('./home-door.ts');
    const state = readInstance(home, sendSignal);
    if (state.type === 'running') return state.record;
    const reasons = {
      absent: 'no instance is running',
      stale: 'the instance that was running has died',
      corrupt: 'the instance record is damaged',
    };
    throw new HoldfastError('unavailable', `${reasons[state.type]} (data folder ${home})`, {
      suggestion: 'start one with: holdfast up',
    });
  };
}
