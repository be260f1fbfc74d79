import type { InvokeModelInput, InvokeModelResult } from '../../../domain/agent/activities.ts';
import type { Spent } from '../../../domain/agent/agent-state.ts';
import { compactJson } from '../../../domain/json.ts';
import type { ChatMessage } from '../../../domain/models/chat.ts';
import type { Usage } from '../../../domain/models/usage.ts';
import { untrustedOrigins } from '../../../domain/policy/content-origin.ts';
import { callIdOf } from '../../../domain/run/ids.ts';
import type { PinnedDefinitions } from '../../../domain/run/pinned-definitions.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { getTexts } from '../../../storage/blobs/blobs.ts';
import type { NewEvent } from '../../../storage/events/append-events.ts';
import { hashJson } from '../../../storage/hashing.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { storeAnswer, type AnsweredTurn } from '../../../storage/turns/store-answer.ts';
import { countLate } from '../../../storage/usage/usage.ts';
import { getAnswer, openTurn, type TurnState } from '../../../storage/turns/turns.ts';
import { eventsOfCall } from '../../prepare/events-of-call.ts';
import { keepTrying } from '../../effects/keep-trying.ts';
import { prepareOne, type PreparedPair } from '../../prepare/prepare-call.ts';
import { offeredTools } from './offered-tools.ts';
import { askModel, type Asked } from './ask-model.ts';
import { playTurn } from './play-turn.ts';
import type { TurnAnswer } from './turn-answer.ts';
import type { ModelDependencies } from '../dependencies.ts';
import { argumentsOf, keptAnswer } from './read-answer.ts';
import { turnMessages } from './turn-messages.ts';

/**
 * Takes one turn: chains what happened since the last answer, asks the model, prepares and judges the calls it wants,
 * and stores it all in one commit. Only an answer is stored: the same turn again gives it, never a second call.
 */
export async function invokeModel(
  dependencies: ModelDependencies,
  input: InvokeModelInput,
  signal: AbortSignal,
): Promise<InvokeModelResult> {
  const { db, definitions, pauseAt, room } = dependencies;
  const { run, turn, spent } = input;
  const key = { turnId: turn, tenant: run.tenant, runId: run.runId, headBefore: input.head };
  // Side by side, though an answer that is there already makes the second needless: nearly always there is none.
  const [begun, gathered, full] = await Promise.all([
    openTurn(db, key, stopSubject(run)),
    gather(dependencies, input),
    // A run that has begun goes on: what it has loaded and paid for would only wait for itself.
    spent.tokensIn + spent.tokensOut === 0 ? room() : undefined,
  ]);
  if (begun.type === 'stopped') return begun;
  if (begun.state.answer !== undefined) return begun.state.answer;
  if (full !== undefined) return { type: 'no-room', message: full.slice(0, 500) };
  const pinned = await definitions.read(run.tenant, input.pins.definitions);
  if (gathered.type === 'missing') return gathered;
  const answer = await answerOf(dependencies, {
    input,
    pinned,
    gathered,
    state: begun.state,
    signal,
  });
  if ('type' in answer) return answer;
  await pauseAt('model-answered', turn);
  const result = await store(dependencies, { input, pinned, gathered, answer, signal });
  if (result !== undefined) return result;
  // Another attempt was faster: its answer is the one.
  const stored = await getAnswer(db, turn);
  if (stored === undefined) throw new Error('the answer of this turn vanished');
  return stored;
}

/** Asks the model, or takes what the order of the run wants next. */
async function answerOf(
  dependencies: ModelDependencies,
  {
    input,
    pinned,
    gathered,
    state,
    signal,
  }: Omit<Answered, 'answer'> & { readonly state: TurnState },
): Promise<TurnAnswer | Exclude<Asked, { type: 'answer' }>> {
  const { messages } = gathered;
  if (pinned.order !== undefined) return playTurn(input, pinned.order, messages);
  const asked = await askModel(dependencies, {
    input,
    chain: pinned.chain,
    messages,
    tools: offeredTools(dependencies.prepare.tools, pinned),
    faults: state.faults,
    attempt: state.attempts,
    signal,
  });
  if (asked.type !== 'answer') return asked;
  return { tier: asked.tier, message: asked.result.message, asked };
}

interface Gathered {
  readonly type: 'gathered';
  /** The whole conversation, this turn's additions included. */
  readonly messages: readonly ChatMessage[];
  /** What this turn adds before the answer. */
  readonly added: readonly ChatMessage[];
}

async function gather(
  { db, conversations, recent }: ModelDependencies,
  { run, head, settled, messages }: InvokeModelInput,
): Promise<Gathered | Extract<InvokeModelResult, { type: 'missing' }>> {
  const conversation = await conversations.load(db, run.tenant, head);
  if (conversation.type === 'missing') {
    return { type: 'missing', calls: [], blobs: [conversation.blob] };
  }
  const blobs = messages.flatMap(({ blob }) => blob ?? []);
  const hashes = [...settled.flatMap(({ result }) => result ?? []), ...blobs];
  const known = blobs.length === 0 ? recent.textsOf(settled) : undefined;
  const texts = known ?? (await getTexts(db, run.tenant, hashes));
  const turn = turnMessages(conversation.messages, { settled, messages, texts });
  if (turn.type === 'missing') return turn;
  return {
    type: 'gathered',
    messages: [...conversation.messages, ...turn.messages],
    added: turn.messages,
  };
}

interface Answered {
  readonly input: InvokeModelInput;
  readonly pinned: PinnedDefinitions;
  readonly gathered: Gathered;
  readonly answer: TurnAnswer;
  readonly signal: AbortSignal;
}

/** Stores the answer and everything that follows from it. Returns undefined when the turn has an answer already. */
async function store(
  dependencies: ModelDependencies,
  given: Answered,
): Promise<Extract<InvokeModelResult, { type: 'answered' }> | undefined> {
  const { db, conversations } = dependencies;
  const { input, gathered } = given;
  const { tier, asked, end } = given.answer;
  const { run, turn } = input;
  const message = keptAnswer(given.answer.message);
  const pairs = await prepareAll(dependencies, given, message.toolCalls);
  const usage = asked?.result.usage ?? noUsage;
  const spent = sumOf([...(asked?.leftBehind ?? []), usage]);
  const block = { parent: input.head, messages: [...gathered.added, message] };
  const head = hashJson(block);
  const calls = pairs.map((pair) => pair.call);
  const result: Extract<InvokeModelResult, { type: 'answered' }> = {
    type: 'answered',
    tier,
    head,
    calls,
    ...(calls.length === 0 ? { text: previewOf(message.text ?? '') } : {}),
    usage: spent,
    ...(end === undefined ? {} : { end }),
  };
  const answered: AnsweredTurn = {
    turnId: turn,
    tenant: run.tenant,
    runId: run.runId,
    headBefore: input.head,
    answer: result,
    block,
    calls: pairs.map((pair) => pair.stored),
    settled: { tier, attempt: asked?.attempt ?? 0, usage },
    backend: asked?.backend,
    progress: {
      turn: turnNumber(turn),
      head,
      tokensIn: spent.tokensIn,
      tokensOut: spent.tokensOut,
      costMicroUsd: spent.microUsd,
      model: asked === undefined ? null : usage.model,
      rehearsal: asked?.result.rehearsal ?? false,
    },
    notes: input.notes,
    events: eventsOf(given, pairs),
  };
  // It is paid for: a database that is away for a moment must not make us ask again.
  const stored = await keepTrying(async () => storeAnswer(db, answered));
  if (stored === 'known') return undefined;
  if (stored === 'stored-uncounted' && asked !== undefined) {
    await countLate(db, { journalled: asked.journalled, usage });
  }
  conversations.forget(run.tenant, input.head);
  conversations.remember(run.tenant, result.head, [...gathered.messages, message]);
  return result;
}

/** Nothing was asked, and nothing is in the journal. */
const noUsage: Usage = {
  tokensIn: 0,
  tokensOut: 0,
  costMicroUsd: 0,
  costSource: 'counted',
  model: '',
};

/** An unknown cost makes the sum unknown. */
function sumOf(usages: readonly Usage[]): Spent {
  return usages.reduce<Spent>(
    (sum, { tokensIn, tokensOut, costMicroUsd }) => ({
      tokensIn: sum.tokensIn + tokensIn,
      tokensOut: sum.tokensOut + tokensOut,
      microUsd: sum.microUsd === null || costMicroUsd === null ? null : sum.microUsd + costMicroUsd,
    }),
    { tokensIn: 0, tokensOut: 0, microUsd: 0 },
  );
}

function turnNumber(turn: string): number {
  return Number(turn.slice(turn.lastIndexOf('/t') + 2));
}

async function prepareAll(
  { prepare, workspaces }: ModelDependencies,
  { input, pinned, gathered, signal }: Answered,
  toolCalls: ReturnType<typeof keptAnswer>['toolCalls'],
): Promise<readonly PreparedPair[]> {
  if (toolCalls.length === 0) return [];
  const workspace = await workspaces.open(input.pins.workspace);
  const { run, pins, grants } = input;
  const untrusted = untrustedOrigins(gathered.messages);
  const scope = { run, pins, definitions: pinned, workspace, grants, untrusted, signal };
  const pairs: PreparedPair[] = [];
  for (const [index, call] of toolCalls.entries()) {
    // One after the other: a call sees the files as the ones before it left them when they were prepared.
    const asked = {
      callId: callIdOf(input.turn, index),
      tool: call.name,
      arguments: argumentsOf(call),
      decisionId: null,
    };
    pairs.push(await prepareOne(prepare, scope, asked));
  }
  return pairs;
}

function eventsOf(
  { input, answer }: Answered,
  pairs: readonly PreparedPair[],
): readonly NewEvent[] {
  const delivered = input.messages.map(({ messageId, author, claimed, text }): NewEvent => ({
    type: 'message.delivered',
    data: compactJson({ messageId, author, claimed, text: text?.slice(0, maxEventText) }),
  }));
  const prepared = pairs.flatMap((pair) => eventsOfCall(pair));
  return [...delivered, turnEvent(input.turn, answer), ...prepared];
}

function turnEvent(turn: string, { message, asked }: TurnAnswer): NewEvent {
  const text = message.text?.slice(0, maxEventText);
  if (asked === undefined) return { type: 'order.turn', data: compactJson({ turn, text }) };
  const { usage, rehearsal } = asked.result;
  return {
    type: 'model.call',
    data: compactJson({
      turn,
      model: usage.model,
      tokensIn: usage.tokensIn,
      tokensOut: usage.tokensOut,
      costMicroUsd: usage.costMicroUsd,
      text,
      rehearsal: rehearsal ? true : undefined,
    }),
  };
}

/** Longest text of a model or person in an event, in characters. */
const maxEventText = 2_000;
