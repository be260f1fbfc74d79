import { workflowInfo } from '@temporalio/workflow';

import type {
  InvokeModelInput,
  PerformCallInput,
  PerformCallResult,
  PerformReadsInput,
} from '../../domain/agent/activities.ts';
import { answeredByWorkflow } from '../../domain/agent/answered.ts';
import { nextMove, type Move } from '../../domain/agent/next-move.ts';
import {
  afterCalls,
  afterDrift,
  afterModel,
  sending,
  withReminder,
  withReplan,
} from '../../domain/agent/reducer.ts';
import { tokensOf } from '../../domain/locks/call-locks.ts';
import { raisesOf } from '../../domain/budget/raises.ts';
import { withApprovalState } from '../../domain/approval/change-approval.ts';
import {
  subjectOfCall,
  withApproval,
  type ApprovalSubject,
} from '../../domain/approval/opening.ts';
import { honeytokenRule } from '../../domain/policy/honeytokens/honeytokens.ts';
import { turnIdOf } from '../../domain/run/ids.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import { decoded, model, tools } from '../run/activities.ts';
import { smallInput } from '../run/payload-size.ts';
import type { RunDesk } from '../run/run-desk.ts';
import { afterNoAnswer } from './after-no-answer.ts';
import type { AgentEnd } from './agent-end.ts';
import { awaitApproval } from './await-approval.ts';
import { afterFailure } from './after-failure.ts';
import { giveLocksBack, lacksLocks, mustGiveBack, takeNextLock } from './take-locks.ts';
import { recordSettlements } from './record-settlements.ts';

/**
 * Runs the agent's loop until it ends or the history is long enough. Only the model moves the head. Few layers of
 * promises stand between here and a wait: the SDK keeps a stack for each of them as long as the run waits.
 */
export async function runAgent(desk: RunDesk): Promise<AgentEnd> {
  for (;;) {
    try {
      const end = await step(desk);
      if (end !== undefined) return end;
    } catch (error) {
      const end = afterFailure(desk, error);
      if (end !== undefined) return end;
    }
    // Waits end early for it, with what they wait for still open: it is carried.
    if (workflowInfo().continueAsNewSuggested) return { type: 'carry-over' };
  }
}

/** What a step comes to: the end of the loop, or undefined to go on. */
type Step = Promise<AgentEnd | undefined> | AgentEnd | undefined;

/** Does what is next: settle what people settled, wait while the run is held, else one move. */
function step(desk: RunDesk): Step {
  if (desk.settlements.length > 0) return recordSettlements(desk);
  if (desk.isHeld) {
    // Others need not wait for whoever mends it.
    const isFree = desk.locks === undefined || desk.locks.isKept === true;
    return isFree ? desk.hold() : giveLocksBack(desk);
  }
  const move = nextMove(desk.agent, {
    limits: desk.pins.limits,
    gates: desk.pins.gates,
    deadlineMs: desk.deadlineMs,
    nowMs: Date.now(),
  });
  if (mustGiveBack(desk, move)) return giveLocksBack(desk);
  // The move is chosen again once the time of the wait is added to the deadline.
  if (desk.isWaiting && move.type !== 'await-approval') return desk.goOn();
  return carryOut(desk, move);
}

/** Carries out one move. */
function carryOut(desk: RunDesk, move: Move): Step {
  switch (move.type) {
    case 'invoke-model':
      return invokeModel(desk);
    case 'perform-reads':
      return performReads(desk, move.calls);
    case 'perform-call':
      return lacksLocks(desk, move.call)
        ? takeNextLock(desk, move.call)
        : performCall(desk, move.call);
    case 'ask':
      desk.agent = withApproval(desk.agent, askingFor(desk, move.call), Date.now()).agent;
      return undefined;
    case 'await-approval':
      return awaitApproval(desk, move.approval);
    case 'refuse-finish':
      return refuseFinish(desk, move);
    case 'replan':
      desk.note('stall.detected', { turn: desk.agent.turn, replans: desk.agent.stall.replans + 1 });
      desk.agent = withReplan(desk.agent);
      return undefined;
    case 'remind':
      desk.agent = withReminder(desk.agent);
      return undefined;
    case 'stop':
      return {
        type: 'stopped',
        reason: move.reason,
        ...(move.finish === undefined ? {} : { finish: move.finish }),
        ...(move.message === undefined ? {} : { message: move.message }),
        ...(move.reason === 'cost'
          ? { message: 'budget_exceeded: a person did not raise the budget' }
          : {}),
      };
  }
}

/** Who changed a call stays known when it is asked for anew. */
function askingFor({ agent }: RunDesk, call: PreparedCall): ApprovalSubject {
  const editors = agent.approvals.flatMap(({ callId, editedBy = [] }) =>
    callId === call.callId ? editedBy : [],
  );
  const editedBy = [...new Set(editors)];
  return { ...subjectOfCall(call), ...(editedBy.length === 0 ? {} : { editedBy }) };
}

async function invokeModel(desk: RunDesk): Promise<AgentEnd | undefined> {
  const { agent, pins } = desk;
  const sent = sending(agent);
  const turn = agent.turn + 1;
  const input: InvokeModelInput = {
    run: agent.ref,
    turn: turnIdOf(agent.ref.runId, agent.ref.agentPath, turn),
    head: agent.head,
    pins,
    tier: agent.tier,
    messages: agent.messages.slice(0, sent.messages),
    settled: agent.settled,
    grants: agent.grants,
    notes: agent.notes.slice(0, sent.notes),
    spent: agent.spent,
    raisedMicroUsd: agent.raisedMicroUsd,
    raises: raisesOf(agent.approvals),
  };
  const { invokeModel: invoke } = model({
    remainingMs: desk.remainingMs(),
    summary: `${agent.ref.specialist}, turn ${turn}`,
    taskQueue: pins.queues.model,
  });
  const result = decoded(await invoke(smallInput(input)));
  if (result.type !== 'answered') return afterNoAnswer(desk, result);
  desk.delivered(sent);
  desk.agent = afterModel(desk.agent, result);
  holdIfTrapped(desk, result.calls);
  desk.refresh();
  return undefined;
}

/** A run that uses something planted stops before anything else of its turn happens: a person has to look. */
function holdIfTrapped(desk: RunDesk, calls: readonly PreparedCall[]): void {
  const trapped = calls.find(({ verdict }) => verdict.rule === honeytokenRule);
  if (trapped === undefined) return;
  desk.held = { reason: 'person', message: `something planted was used: ${trapped.preview}` };
}

async function performReads(desk: RunDesk, calls: readonly PreparedCall[]): Promise<undefined> {
  const { agent, pins } = desk;
  const [first] = calls;
  if (first === undefined) return undefined;
  const input: PerformReadsInput = {
    run: agent.ref,
    pins,
    turn: turnIdOf(agent.ref.runId, agent.ref.agentPath, agent.turn),
    calls: calls.map(({ callId, digest }) => ({ callId, digest })),
    grants: agent.grants,
    deadlineMs: desk.deadlineMs,
  };
  const { performReads: perform } = tools({
    remainingMs: desk.remainingMs(),
    summary: calls
      .map(({ preview }) => preview)
      .join(', ')
      .slice(0, 200),
    taskQueue: first.queue,
  });
  const result = decoded(await perform(smallInput(input)));
  desk.agent = afterCalls(desk.agent, result.outcomes);
  for (const call of result.drifted) desk.agent = afterDrift(desk.agent, call);
  return undefined;
}

async function performCall(desk: RunDesk, call: PreparedCall): Promise<undefined> {
  const { agent, pins } = desk;
  const input: PerformCallInput = {
    run: agent.ref,
    pins,
    callId: call.callId,
    effectSeq: agent.effectSeq,
    digest: call.digest,
    verdict: call.verdict,
    ...decisionsOn(desk, call),
    grants: agent.grants,
    // Written with the intent, if there is one: so they stay and go along again, and the log keeps each of them once.
    notes: agent.notes.slice(0, sending(agent).notes),
    deadlineMs: desk.deadlineMs,
    ...(desk.locks === undefined ? {} : { locks: tokensOf(desk.locks) }),
  };
  const { performCall: perform } = tools({
    remainingMs: desk.remainingMs(),
    summary: call.preview,
    taskQueue: call.queue,
  });
  const result = decoded(await perform(smallInput(input)));
  return afterPerformed(desk, call, result);
}

/** What was decided on a call, and who changed it where that decides who of them counts. */
function decisionsOn(
  { agent }: RunDesk,
  call: PreparedCall,
): Pick<PerformCallInput, 'decisions' | 'circumstances'> {
  const own = agent.approvals.filter(({ callId }) => callId === call.callId);
  const decided = own.filter(({ decision }) => decision !== undefined);
  const decisions = decided.flatMap(({ decision, decisions: all }) => all ?? decision ?? []);
  const newest = decided.at(-1);
  if (newest?.terms === undefined) return { decisions };
  return { decisions, circumstances: { editedBy: newest.editedBy ?? [] } };
}

function afterPerformed(desk: RunDesk, call: PreparedCall, result: PerformCallResult): undefined {
  switch (result.type) {
    case 'done':
      desk.agent = { ...afterCalls(desk.agent, [result.outcome]), effectSeq: result.effectSeq };
      return undefined;
    case 'drifted':
      noteSuperseded(desk, call);
      desk.agent = afterDrift(desk.agent, result.call);
      return undefined;
    case 'unlocked':
      desk.agent = afterDrift(desk.agent, { ...call, locks: result.locks });
      return undefined;
    case 'unapproved':
      reopen(desk, call, result.refused);
      return undefined;
    case 'unknown':
      desk.agent = { ...desk.agent, effectSeq: result.effectSeq };
      if (desk.locks !== undefined) desk.locks = { ...desk.locks, isKept: true };
      openUnknown(desk, call);
      return undefined;
    case 'stopped':
      desk.held = { reason: 'kill_switch', message: `${result.scope} is stopped` };
      return undefined;
  }
}

function noteSuperseded(desk: RunDesk, call: PreparedCall): void {
  for (const approval of desk.agent.approvals) {
    if (approval.callId === call.callId && approval.digest === call.digest) {
      desk.note('approval.superseded', { approvalId: approval.approvalId });
    }
  }
}

/** The ledger refused the decisions: the approval is asked again as a new one. */
function reopen(
  desk: RunDesk,
  call: PreparedCall,
  refused: Extract<PerformCallResult, { type: 'unapproved' }>['refused'],
): void {
  for (const { approvalId, callId, state } of desk.agent.approvals) {
    if (callId === call.callId && state === 'approved') {
      desk.agent = withApprovalState(desk.agent, approvalId, { state: 'superseded' });
      const reasons = [...new Set(refused.map(({ reason }) => reason))].join(', ');
      desk.refuse({
        signal: 'decideApproval',
        approvalId,
        reason: `refused at the ledger: ${reasons}`,
      });
    }
  }
}

function openUnknown(desk: RunDesk, call: PreparedCall): void {
  const opened = withApproval(
    desk.agent,
    {
      kind: 'effect_unknown',
      position: call.callId,
      callId: call.callId,
      subject: call.preview,
      digest: call.digest,
      risk: call.access === 'destructive' ? 'destructive' : 'change',
      rule: 'ledger/unknown',
    },
    Date.now(),
  );
  desk.agent = opened.agent;
}

function refuseFinish(
  desk: RunDesk,
  { call, refusal }: Extract<Move, { type: 'refuse-finish' }>,
): undefined {
  desk.note('gate.failed', { callId: call.callId, code: refusal.code, message: refusal.message });
  const outcome = answeredByWorkflow(call, {
    status: 'error',
    code: refusal.code,
    text: refusal.message,
  });
  desk.agent = afterCalls(desk.agent, [outcome]);
  return undefined;
}
