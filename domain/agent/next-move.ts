import type { Approval } from '../approval/approval.ts';
import type { FinishGate } from '../run/run-input.ts';
import type { CallId } from '../run/ids.ts';
import type { StopReason } from '../run/status.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { AgentState } from './agent-state.ts';
import { engineAuthor } from './engine-author.ts';
import { finishRefusal, type FinishRefusal } from './finish-gate.ts';
import { isStalled } from './stall.ts';
import { stopReason, type MoveContext } from './stop-reason.ts';
import { unheardWords } from './unheard-words.ts';

/** What the loop does next. */
export type Move =
  | { readonly type: 'invoke-model' }
  | { readonly type: 'perform-reads'; readonly calls: readonly PreparedCall[] }
  | { readonly type: 'perform-call'; readonly call: PreparedCall }
  | { readonly type: 'ask'; readonly call: PreparedCall }
  | { readonly type: 'await-approval'; readonly approval: Approval }
  | { readonly type: 'refuse-finish'; readonly call: PreparedCall; readonly refusal: FinishRefusal }
  | { readonly type: 'replan' }
  | { readonly type: 'remind' }
  | {
      readonly type: 'stop';
      readonly reason: StopReason;
      readonly finish?: CallId;
      readonly message?: string;
    };

/** Answers without a tool call after which the text counts as the result: the first one brings a reminder. */
const quietAnswersToStop = 2;

/** Chooses what the loop does next. Pure: the same state and time always give the same move. */
export function nextMove(
  agent: AgentState,
  context: MoveContext & { readonly gates: readonly FinishGate[] },
): Move {
  const waiting = agent.approvals.find((approval) => approval.state === 'open');
  if (waiting !== undefined) return { type: 'await-approval', approval: waiting };
  if (agent.ended !== undefined) return { type: 'stop', ...agent.ended };
  if (wasRefusedMoney(agent)) return { type: 'stop', reason: 'cost' };
  const reason = stopReason(agent, context);
  if (reason !== undefined) return { type: 'stop', reason };
  const open = unsettledCalls(agent);
  if (open.length === 0) {
    return agent.onlyCalls === true ? endOfCalls(agent) : moveBetweenTurns(agent, context);
  }
  return moveForCalls(agent, open, context.gates);
}

/** Calls of this turn that have no outcome yet, in the model's order. */
function unsettledCalls(agent: AgentState): readonly PreparedCall[] {
  const settled = new Set(agent.settled.map((outcome) => outcome.callId));
  return agent.calls.filter((call) => !settled.has(call.callId));
}

/** An agent without a model has done its work when its calls went well. */
function endOfCalls({ settled }: AgentState): Move {
  if (settled.every(({ status }) => status === 'ok')) return { type: 'stop', reason: 'finished' };
  const isRefused = settled.some(({ status }) => status === 'denied' || status === 'rejected');
  return { type: 'stop', reason: isRefused ? 'policy' : 'error' };
}

function moveBetweenTurns(agent: AgentState, { limits }: MoveContext): Move {
  if (agent.quietAnswers >= quietAnswersToStop && unheardWords(agent).length === 0) {
    return { type: 'stop', reason: 'finished' };
  }
  if (agent.turn >= limits.maxTurns) return { type: 'stop', reason: 'max_turns' };
  if (agent.quietAnswers > 0 && !hasReminder(agent)) return { type: 'remind' };
  if (limits.stallDetection && isStalled(agent.stall, limits.stallThreshold)) {
    return { type: 'replan' };
  }
  return { type: 'invoke-model' };
}

/** A budget that a person would not raise ends the run. */
function wasRefusedMoney({ approvals }: AgentState): boolean {
  return approvals.some(({ kind, state }) => kind === 'budget' && state === 'rejected');
}

function hasReminder(agent: AgentState): boolean {
  return agent.messages.some((message) => message.author === engineAuthor);
}

function moveForCalls(
  agent: AgentState,
  open: readonly PreparedCall[],
  gates: readonly FinishGate[],
): Move {
  const first = open.find((call) => call.access !== 'finish');
  if (first === undefined) return moveForFinish(agent, open, gates);
  if (first.access === 'wait') return { type: 'ask', call: first };
  if (first.verdict.type === 'ask' && !isApproved(agent, first)) {
    return { type: 'ask', call: first };
  }
  if (!isFreeRead(first)) return { type: 'perform-call', call: first };
  return { type: 'perform-reads', calls: leadingReads(open) };
}

function moveForFinish(
  agent: AgentState,
  open: readonly PreparedCall[],
  gates: readonly FinishGate[],
): Move {
  const [finish] = open;
  if (finish === undefined) return { type: 'invoke-model' };
  const refusal = finishRefusal(agent, finish, gates);
  if (refusal !== undefined) return { type: 'refuse-finish', call: finish, refusal };
  return { type: 'stop', reason: 'finished', finish: finish.callId };
}

function isApproved(agent: AgentState, call: PreparedCall): boolean {
  return agent.approvals.some(
    (approval) =>
      approval.callId === call.callId &&
      approval.digest === call.digest &&
      approval.kind === 'tool_call' &&
      approval.state === 'approved',
  );
}

function isFreeRead(call: PreparedCall): boolean {
  return call.access === 'read' && call.verdict.type === 'allow';
}

function leadingReads(open: readonly PreparedCall[]): readonly PreparedCall[] {
  const end = open.findIndex((call) => !isFreeRead(call));
  return end === -1 ? open : open.slice(0, end);
}
