import { newAgentState, type AgentState } from '../../../../domain/agent/agent-state.ts';
import type { MoveContext } from '../../../../domain/agent/stop-reason.ts';
import type { FinishGate } from '../../../../domain/run/run-input.ts';
import type { CallOutcome } from '../../../../domain/tools/call-outcome.ts';
import type { PreparedCall } from '../../../../domain/tools/prepared-call.ts';

const ref = {
  runId: 'run/default/r1',
  tenant: 'default',
  project: 'p',
  agentPath: 'main',
  specialist: 'engineering',
};

/** The state of an agent in its third turn. */
export function agentState(overrides: Partial<AgentState> = {}): AgentState {
  return { ...newAgentState(ref, 'head'), turn: 3, ...overrides };
}

/** The nth call of the third turn; a free read unless said otherwise. */
export function preparedCall(index: number, overrides: Partial<PreparedCall> = {}): PreparedCall {
  return {
    callId: `run/default/r1/main/t3/c${index}`,
    tool: 'read_file',
    access: 'read',
    queue: 'holdfast',
    digest: `digest-${index}`,
    verdict: { type: 'allow', rule: 'mode/default', scope: 'run', policy: 'policy' },
    preview: `call ${index}`,
    ...overrides,
  };
}

/** A call that policy asks a person about. */
export function askedCall(index: number, overrides: Partial<PreparedCall> = {}): PreparedCall {
  return preparedCall(index, {
    tool: 'shell',
    access: 'change',
    verdict: { type: 'ask', rule: 'mode/default', scope: 'run', policy: 'policy' },
    ...overrides,
  });
}

/** The outcome of the nth call of the third turn. */
export function outcome(index: number, overrides: Partial<CallOutcome> = {}): CallOutcome {
  return {
    callId: `run/default/r1/main/t3/c${index}`,
    status: 'ok',
    outputHash: `hash-${index}`,
    progress: false,
    ...overrides,
  };
}

/** Limits far away, one hour left. */
export function moveContext(
  overrides: Partial<MoveContext & { readonly gates: readonly FinishGate[] }> = {},
): MoveContext & { readonly gates: readonly FinishGate[] } {
  return {
    limits: {
      maxTurns: 50,
      timeoutSeconds: 3_600,
      maxCostMicroUsd: null,
      stallDetection: true,
      stallThreshold: 5,
    },
    deadlineMs: 3_600_000,
    nowMs: 0,
    gates: [],
    ...overrides,
  };
}
