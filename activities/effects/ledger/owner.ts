import type { EffectOwner, EffectRecord } from '../../../domain/effects/effect-record.ts';
import { ownerState, type OwnerState } from '../../../domain/effects/ledger-verdict.ts';
import { readStartTicks } from '../../../storage/home/process-identity.ts';
import { readBootId } from '../../sandbox/boot-id.ts';

/** Names this process so that another one can later prove that it is dead. */
export function thisProcess(host: string, pid: number): EffectOwner {
  return {
    host,
    boot: readBootId(),
    pid,
    startedTicks: readStartTicks(pid) ?? 'unknown',
  };
}

/** Longest time an act may take, in milliseconds; together with the lease it bounds owners on other hosts. */
const longestActMs = 20 * 60 * 1000;

/** What became of the process that owns an intent, as far as this host can tell. */
export function stateOfOwner(record: EffectRecord, me: EffectOwner, nowMs: number): OwnerState {
  return ownerState(record, {
    ...me,
    ticksOfOwnerPid: readStartTicks(record.owner.pid),
    nowMs,
    longestActMs,
  });
}
