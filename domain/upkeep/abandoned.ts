import type { EndStatus, StopReason } from '../run/status.ts';

/** What Temporal says of the execution of a run. */
export type SeenExecution =
  | { readonly type: 'open' }
  /** It knows nothing of it, or of another one under the same id. */
  | { readonly type: 'gone' }
  | { readonly type: 'closed'; readonly as: string; readonly reason?: string };

/** How a run ended that could not close itself. */
export interface AbandonedEnd {
  readonly status: EndStatus;
  readonly stopReason: StopReason;
  /** For people. */
  readonly message: string;
}

/** Says how a run ended that closed without a word of its own; undefined while it is open. */
export function endOfAbandoned(seen: SeenExecution): AbandonedEnd | undefined {
  switch (seen.type) {
    case 'open':
      return undefined;
    case 'gone':
      return {
        status: 'failed',
        stopReason: 'error',
        message: 'its workflow is gone from Temporal',
      };
    case 'closed':
      return closedAs(seen.as, seen.reason);
  }
}

function closedAs(as: string, reason: string | undefined): AbandonedEnd {
  const why = reason === undefined || reason === '' ? '' : `: ${reason.slice(0, 400)}`;
  switch (as) {
    case 'TERMINATED':
      return {
        status: 'cancelled',
        stopReason: 'cancelled',
        message: `terminated in Temporal${why}`,
      };
    case 'CANCELLED':
      return { status: 'cancelled', stopReason: 'cancelled', message: 'cancelled in Temporal' };
    case 'TIMED_OUT':
      return { status: 'timed_out', stopReason: 'time', message: 'timed out in Temporal' };
    default:
      return { status: 'failed', stopReason: 'error', message: 'its workflow failed in Temporal' };
  }
}
