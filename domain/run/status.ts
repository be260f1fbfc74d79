/** Where a run is. The last four are ends. */
export type RunStatus =
  | 'queued'
  | 'planning'
  | 'awaiting_approval'
  | 'running'
  | 'quality_gate'
  | 'delivering'
  | 'paused'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timed_out';

/** How a run ended. */
export type EndStatus = Extract<RunStatus, 'completed' | 'failed' | 'cancelled' | 'timed_out'>;

const endStatuses: ReadonlySet<RunStatus> = new Set([
  'completed',
  'failed',
  'cancelled',
  'timed_out',
]);

/** True when nothing more will happen in a run of this status. */
export function isEnded(status: RunStatus): status is EndStatus {
  return endStatuses.has(status);
}

/** True when nothing happens in a run of this status until a person says something. */
export function isWaiting(status: RunStatus): boolean {
  return status === 'paused' || status === 'awaiting_approval';
}

/** Why a run stopped. */
export type StopReason =
  | 'finished'
  | 'max_turns'
  | 'time'
  | 'cost'
  | 'stall'
  | 'cancelled'
  | 'policy'
  | 'gate_failed'
  | 'budget_paused'
  | 'error';

/** How a run that stopped for this reason ends. */
export function endStatusOf(reason: StopReason): EndStatus {
  switch (reason) {
    case 'finished':
      return 'completed';
    case 'time':
      return 'timed_out';
    case 'cancelled':
      return 'cancelled';
    case 'max_turns':
    case 'cost':
    case 'stall':
    case 'policy':
    case 'gate_failed':
    case 'budget_paused':
    case 'error':
      return 'failed';
  }
}
