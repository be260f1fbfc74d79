import { sleep, workflowInfo } from '@temporalio/workflow';

import type {
  InvokeModelInput,
  InvokeModelResult,
  PerformCallInput,
  PerformCallResult,
  PerformReadsInput,
} from '../../domain/agent/activities.ts';
import { answeredByWorkflow } from '../../domain/agent/answered.ts';
import { nextMove, type Move } from '../../domain/agent/next-move.ts';
import {
  afterCalls,
  afterDrift,
  afterMissing,
  afterModel,
  sending,
  withReminder,
  withReplan,
} from '../../domain/agent/reducer.ts';
import { subjectOfCall, withApproval, withApprovalState } from '../../domain/approval/deciding.ts';
import { turnIdOf } from '../../domain/run/ids.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import { decoded, model, tools } from '../run/activities.ts';
import { smallInput } from '../run/payload-size.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { AgentEnd } from './agent-end.ts';
import { awaitApproval } from './await-approval.ts';
import { pausing } from './pausing.ts';

/** Runs the agent's loop until it ends or the history is long enough. Only the model moves the head. */
export async function runAgent(desk: RunDesk): Promise<AgentEnd> {
  for (;;) {
    if (desk.pausedBy !== undefined) {
      // Ends early for continue-as-new with the pause still wanted, which is carried.
      await desk.pauseFor('person', `paused by ${desk.pausedBy}`);
    } else {
      const end = await pausing(desk, async () => step(desk));
      if (end !== undefined) return end;
    }
    if (workflowInfo().continueAsNewSuggested) return { type: 'carry-over' };
  }
}

/** Carries out one move. Returns the end when the loop is over. */
async function step(desk: RunDesk): Promise<AgentEnd | undefined> {
  const move = nextMove(desk.agent, {
    limits: desk.pins.limits,
    gates: desk.pins.gates,
    deadlineMs: desk.deadlineMs,
    nowMs: Date.now(),
  });
  switch (move.type) {
    case 'invoke-model':
      return invokeModel(desk);
    case 'perform-reads':
      return performReads(desk, move.calls);
    case 'perform-call':
      return performCall(desk, move.call);
    case 'ask': {
      const opened = withApproval(desk.agent, subjectOfCall(move.call), Date.now());
      desk.agent = opened.agent;
      return undefined;
    }
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
      };
  }
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
  return undefined;
}

async function afterNoAnswer(
  desk: RunDesk,
  result: Exclude<InvokeModelResult, { type: 'answered' }>,
): Promise<AgentEnd | undefined> {
  switch (result.type) {
    case 'budget-refused':
      return askForBudget(desk, result);
    case 'stopped':
      await desk.pauseFor('kill_switch', `${result.scope} is stopped`);
      return undefined;
    case 'rate-limited':
      await waitForRate(desk, result.retryAfterMs);
      return undefined;
    case 'missing':
      if (result.blobs.length > 0) {
        await desk.pauseFor('blob_missing', `the conversation lacks ${result.blobs.join(', ')}`);
      }
      desk.agent = afterMissing(desk.agent, result.calls);
      return undefined;
    case 'context-full':
      return {
        type: 'stopped',
        reason: 'error',
        message: 'the conversation no longer fits into the context of the model',
      };
    case 'exhausted': {
      const why = result.errors.map((error) => `${error.model}: ${error.message}`).join('; ');
      await desk.pauseFor('model_unavailable', why.slice(0, 500));
      return undefined;
    }
  }
}

/** The clock of the run stands while a provider makes it wait. */
async function waitForRate(desk: RunDesk, retryAfterMs: number): Promise<void> {
  const sinceMs = Date.now();
  await sleep(retryAfterMs, { summary: 'rate limited by the model provider' });
  desk.deadlineMs += Date.now() - sinceMs;
}

async function askForBudget(
  desk: RunDesk,
  refused: Extract<InvokeModelResult, { type: 'budget-refused' }>,
): Promise<undefined> {
  const { ref, turn } = desk.agent;
  const needs =
    refused.microUsd === null ? 'an unknown amount' : `$${(refused.microUsd / 1e6).toFixed(4)}`;
  const opened = withApproval(
    desk.agent,
    {
      kind: 'budget',
      position: turnIdOf(ref.runId, ref.agentPath, turn + 1),
      subject: `the next model call needs ${needs} more than ${refused.budget} allows`,
      digest: `budget-${turn + 1}`,
      risk: 'change',
      rule: refused.budget,
    },
    Date.now(),
  );
  desk.note('budget.exceeded', { budget: refused.budget, microUsd: refused.microUsd });
  desk.agent = opened.agent;
  return undefined;
}

async function performReads(
  desk: RunDesk,
  calls: readonly PreparedCall[],
): Promise<AgentEnd | undefined> {
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

async function performCall(desk: RunDesk, call: PreparedCall): Promise<AgentEnd | undefined> {
  const { agent, pins } = desk;
  const sent = { messages: 0, notes: sending(agent).notes };
  const input: PerformCallInput = {
    run: agent.ref,
    pins,
    callId: call.callId,
    effectSeq: agent.effectSeq,
    digest: call.digest,
    verdict: call.verdict,
    decisions: agent.approvals.flatMap((approval) =>
      approval.callId === call.callId && approval.decision !== undefined ? approval.decision : [],
    ),
    grants: agent.grants,
    notes: agent.notes.slice(0, sent.notes),
    deadlineMs: desk.deadlineMs,
  };
  const { performCall: perform } = tools({
    remainingMs: desk.remainingMs(),
    summary: call.preview,
    taskQueue: call.queue,
  });
  const result = decoded(await perform(smallInput(input)));
  desk.delivered(sent);
  return afterPerformed(desk, call, result);
}

async function afterPerformed(
  desk: RunDesk,
  call: PreparedCall,
  result: PerformCallResult,
): Promise<AgentEnd | undefined> {
  switch (result.type) {
    case 'done':
      desk.agent = { ...afterCalls(desk.agent, [result.outcome]), effectSeq: result.effectSeq };
      return undefined;
    case 'drifted':
      noteSuperseded(desk, call);
      desk.agent = afterDrift(desk.agent, result.call);
      return undefined;
    case 'unapproved':
      reopen(desk, call);
      return undefined;
    case 'unknown':
      desk.agent = { ...desk.agent, effectSeq: result.effectSeq };
      openUnknown(desk, call);
      return undefined;
    case 'stopped':
      await desk.pauseFor('kill_switch', `${result.scope} is stopped`);
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

/** The ledger refused the decision: the approval is asked again as a new one. */
function reopen(desk: RunDesk, call: PreparedCall): void {
  for (const approval of desk.agent.approvals) {
    if (approval.callId === call.callId && approval.state === 'approved') {
      desk.agent = withApprovalState(desk.agent, approval.approvalId, { state: 'superseded' });
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

async function refuseFinish(
  desk: RunDesk,
  { call, refusal }: Extract<Move, { type: 'refuse-finish' }>,
): Promise<undefined> {
  desk.note('gate.failed', { callId: call.callId, code: refusal.code, message: refusal.message });
  const outcome = answeredByWorkflow(call, {
    status: 'error',
    code: refusal.code,
    text: refusal.message,
  });
  desk.agent = afterCalls(desk.agent, [outcome]);
  return undefined;
}
