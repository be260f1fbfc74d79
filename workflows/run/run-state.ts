import type { AgentState } from '../../domain/agent/agent-state.ts';
import type { PauseReason } from '../../domain/failures.ts';
import { lockWait } from '../../domain/locks/call-locks.ts';
import type { Grant } from '../../domain/policy/grant.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import type { RunDesk } from './run-desk.ts';

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
  /** The lock that it waits for, in words. */
  readonly waitsFor?: string;
}

/** The state of a run for whoever asks; queued until it is open. */
export function stateOf(desk: RunDesk | undefined): RunState {
  if (desk === undefined) {
    const spent = { tokensIn: 0, tokensOut: 0, microUsd: 0 };
    return {
      status: 'queued',
      pause: null,
      turn: 0,
      head: '',
      spent,
      deadlineMs: 0,
      approvals: [],
      grants: [],
    };
  }
  const { agent, status, pause, deadlineMs } = desk;
  const waitsFor = lockWait(desk.locks);
  return {
    status,
    pause,
    turn: agent.turn,
    head: agent.head,
    spent: agent.spent,
    deadlineMs,
    approvals: agent.approvals
      .filter(({ state }) => state === 'open')
      .map(({ approvalId, kind, subject, digest, expiresAtMs }) => ({
        approvalId,
        kind,
        subject,
        digest,
        expiresAt: new Date(expiresAtMs).toISOString(),
      })),
    grants: agent.grants,
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}
