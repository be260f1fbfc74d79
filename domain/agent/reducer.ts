import type { EventType } from '../events/event-types.ts';
import type { ErrorCode } from '../failures.ts';
import type { JsonObject } from '../json.ts';
import { callIndex } from '../run/ids.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { InvokeModelResult } from './activities.ts';
import type { AgentState, InjectedMessage, Spent } from './agent-state.ts';
import { maxHeard, maxWaitingMessages } from './agent-state.ts';
import { answeredByWorkflow } from './answered.ts';
import { engineAuthor } from './engine-author.ts';
import { afterOutcomes, afterReplan } from './stall.ts';

/** How much of the state an activity's input took along: what is written must not be sent again. */
export interface Sent {
  readonly messages: number;
  readonly notes: number;
}

/** Most characters of messages, and of notes, that one input takes along; the rest goes with the next. */
const maxSentCharacters = 12_000;

/** What of the state goes along with the next activity: at least one message and one note where there are any. */
export function sending(agent: AgentState): Sent {
  return { messages: countThatFits(agent.messages), notes: countThatFits(agent.notes) };
}

function countThatFits(items: readonly unknown[]): number {
  let characters = 0;
  const end = items.findIndex((item, index) => {
    characters += JSON.stringify(item).length;
    return index > 0 && characters > maxSentCharacters;
  });
  return end === -1 ? items.length : end;
}

/** Drops what was delivered. Messages and notes that came meanwhile stay: both lists only grow at the end. */
export function afterSent(agent: AgentState, sent: Sent): AgentState {
  const heard = agent.messages.slice(0, sent.messages).map(({ messageId }) => messageId);
  return {
    ...agent,
    messages: agent.messages.slice(sent.messages),
    heard: [...agent.heard, ...heard].slice(-maxHeard),
    notes: agent.notes.slice(sent.notes),
  };
}

/** Adds a note of something that happened in the workflow. */
export function withNote(
  agent: AgentState,
  type: EventType,
  detail: { readonly atMs: number; readonly data: JsonObject },
): AgentState {
  const position = agent.noted + 1;
  return { ...agent, noted: position, notes: [...agent.notes, { position, type, ...detail }] };
}

/** Begins the turn that the model's answer opened; calls that are invalid or denied are settled at once. */
export function afterModel(
  agent: AgentState,
  answer: Extract<InvokeModelResult, { type: 'answered' }>,
): AgentState {
  const next: AgentState = {
    ...agent,
    turn: agent.turn + 1,
    head: answer.head,
    tier: answer.tier,
    calls: answer.calls,
    settled: [],
    approvals: [],
    asked: 0,
    spent: addSpent(agent.spent, answer.usage),
    quietAnswers: answer.calls.length === 0 ? agent.quietAnswers + 1 : 0,
    ...(answer.end === undefined ? {} : { ended: answer.end }),
  };
  const refused = answer.calls.flatMap((call) => refusalOf(call) ?? []);
  return refused.length === 0 ? next : afterCalls(next, refused);
}

/** Adds outcomes of this turn's calls and counts what they mean for stall and checks. */
export function afterCalls(agent: AgentState, outcomes: readonly CallOutcome[]): AgentState {
  const known = new Set(agent.settled.map((outcome) => outcome.callId));
  const fresh = outcomes.filter((outcome) => !known.has(outcome.callId));
  const settled = [...agent.settled, ...fresh].toSorted(
    (a, b) => callIndex(a.callId) - callIndex(b.callId),
  );
  return {
    ...agent,
    settled,
    stall: afterOutcomes(agent.stall, fresh, (callId) => digestOf(agent, callId)),
    checks: fresh.reduce((checks, outcome) => afterCheck(agent, checks, outcome), agent.checks),
  };
}

function digestOf({ calls }: AgentState, callId: string): string {
  return calls.find((call) => call.callId === callId)?.digest ?? '';
}

/** Replaces a call that changed since it was prepared; its old approvals no longer count. */
export function afterDrift(agent: AgentState, call: PreparedCall): AgentState {
  const next: AgentState = {
    ...agent,
    calls: agent.calls.map((old) => (old.callId === call.callId ? call : old)),
    approvals: agent.approvals.map((approval) =>
      approval.callId === call.callId && approval.digest !== call.digest
        ? { ...approval, state: 'superseded' }
        : approval,
    ),
  };
  const refused = refusalOf(call);
  return refused === undefined ? next : afterCalls(next, [refused]);
}

/** Forgets outcomes whose stored result is gone, so that ledger or read give them again. */
export function afterMissing(agent: AgentState, callIds: readonly string[]): AgentState {
  const missing = new Set(callIds);
  return { ...agent, settled: agent.settled.filter((outcome) => !missing.has(outcome.callId)) };
}

/** Queues a message; one that waits or was heard already is not queued twice. Undefined when the queue is full. */
export function withMessage(
  agent: AgentState,
  message: InjectedMessage,
): { readonly agent: AgentState; readonly position: number } | undefined {
  if (agent.heard.includes(message.messageId)) return { agent, position: 0 };
  const index = agent.messages.findIndex((old) => old.messageId === message.messageId);
  if (index >= 0) return { agent, position: index + 1 };
  if (agent.messages.length >= maxWaitingMessages) return undefined;
  const messages = [...agent.messages, message];
  return { agent: { ...agent, messages }, position: messages.length };
}

/** Asks the model to finish by the tool, after an answer without any call. */
export function withReminder(agent: AgentState): AgentState {
  return withEngineMessage(
    agent,
    'You called no tool. If the work is done, call finish with a summary; otherwise go on with the next tool call.',
  );
}

/** Tells a stalled agent to change its way. */
export function withReplan(agent: AgentState): AgentState {
  const told = withEngineMessage(
    agent,
    'You have made no progress for a while: the last calls changed nothing or gave the same output. Say in one sentence what blocks you, then take a different way, ask a person with ask_person, or finish.',
  );
  return { ...told, stall: afterReplan(told.stall) };
}

/** Tells the agent what happened to its run. */
export function withNews(agent: AgentState, text: string): AgentState {
  return withEngineMessage(agent, text);
}

function withEngineMessage(agent: AgentState, text: string): AgentState {
  const messageId = `${engineAuthor}-t${agent.turn}-${agent.messages.length}`;
  return { ...agent, messages: [...agent.messages, { messageId, text, author: engineAuthor }] };
}

function refusalOf(call: PreparedCall): CallOutcome | undefined {
  if (call.invalid !== undefined) {
    const { code, message } = call.invalid;
    return answeredByWorkflow(call, { status: 'error', code, text: message });
  }
  if (call.verdict.type !== 'deny') return undefined;
  return answeredByWorkflow(call, {
    status: 'denied',
    code: 'policy_denied',
    text: `policy denies this call (rule ${call.verdict.rule}); it was not performed`,
  });
}

function addSpent(spent: Spent, usage: Spent): Spent {
  return {
    tokensIn: spent.tokensIn + usage.tokensIn,
    tokensOut: spent.tokensOut + usage.tokensOut,
    microUsd:
      spent.microUsd === null || usage.microUsd === null ? null : spent.microUsd + usage.microUsd,
  };
}

function afterCheck(
  agent: AgentState,
  checks: AgentState['checks'],
  outcome: CallOutcome,
): AgentState['checks'] {
  const counter = checks.counter + 1;
  if (outcome.testsGreen === true) return { ...checks, counter, lastGreen: counter };
  const call = agent.calls.find(({ callId }) => callId === outcome.callId);
  const changes =
    (call?.access === 'change' || call?.access === 'destructive') && !leavingFiles.has(call.tool);
  if (!changes || outcome.testsGreen === false || !wasPerformed(outcome)) {
    return { ...checks, counter };
  }
  return { ...checks, counter, lastChange: counter };
}

/** Tools that change something and leave the files of the workspace as they are: tests that were green stay so. */
const leavingFiles: ReadonlySet<string> = new Set(['git_commit', 'git_push', 'http_request']);

/** Codes of calls that were refused before anything happened; any other error may have changed files. */
const refusedBefore: ReadonlySet<ErrorCode> = new Set([
  'validation_error',
  'not_found',
  'access_denied',
  'policy_denied',
  'conflict',
  'dependency_missing',
  'stale_fence',
  'lock_unavailable',
]);

function wasPerformed({ status, code }: CallOutcome): boolean {
  if (status === 'ok') return true;
  return status === 'error' && (code === undefined || !refusedBefore.has(code));
}
