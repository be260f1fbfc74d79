import type { CallId } from '../../domain/run/ids.ts';
import type { StopReason } from '../../domain/run/status.ts';

/** How the loop ended: with a reason, or to be carried over into the next execution. */
export type AgentEnd =
  | {
      readonly type: 'stopped';
      readonly reason: StopReason;
      readonly finish?: CallId;
      readonly message?: string;
    }
  | { readonly type: 'carry-over' };
