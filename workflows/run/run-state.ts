import type { AgentState } from '../../domain/agent/agent-state.ts';
import type { PauseReason } from '../../domain/failures.ts';
import type { Grant } from '../../domain/policy/grant.ts';
import type { RunStatus } from '../../domain/run/status.ts';

/** What the query `state` answers. */
export interface RunState {
  readonly status: RunStatus;
  readonly pause: PauseReason | null;
  readonly turn: number;
  readonly head: string;
  readonly spent: AgentState['spent'];
  readonly deadlineMs: number;
  readonly approvals: readonly {
    readonly approvalId: string;
    readonly kind: string;
    readonly subject: string;
    readonly digest: string;
    readonly expiresAt: string;
  }[];
  readonly grants: readonly Grant[];
}
