import { ApplicationFailure } from '@temporalio/common';

import type { InvokeModelInput, InvokeModelResult } from '../../../domain/agent/activities.ts';
import {
  afterFault,
  newFaultState,
  type FaultMove,
  type FaultState,
} from '../../../domain/models/after-fault.ts';
import { FailureType, HoldfastError } from '../../../domain/failures.ts';
import type { ChatMessage, ToolSpec } from '../../../domain/models/chat.ts';
import { ModelFault, type FaultFacts } from '../../../domain/models/model-fault.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Usage } from '../../../domain/models/usage.ts';
import { settleOrphans } from '../../../storage/budgets/settle.ts';
import { nextTier, startTier, type TierChain } from '../../../domain/models/tiers.ts';
import { answerTrigger } from '../../../domain/models/triggers.ts';
import type { PinnedChain } from '../../../domain/run/pinned-definitions.ts';
import {
  abandonProbe,
  recordBackendFailure,
  recordBackendSuccess,
} from '../../../storage/models/breakers.ts';
import { settleBucket } from '../../../storage/models/rate-buckets.ts';
import { saveFaults } from '../../../storage/turns/turns.ts';
import { settleCall, type JournalledCall } from '../../../storage/usage/usage.ts';
import { appendEvents, type NewEvent } from '../../../storage/events/append-events.ts';
import { putLetter } from '../../../storage/dead-letters/put-letter.ts';
import { admitToCall } from './admit-call.ts';
import { applyRaises } from './apply-raises.ts';
import { overRunLimit, type CallRefused } from './budget-refused.ts';
import { estimateCall } from './call-cost.ts';
import { DeltaWriter } from './delta-writer.ts';
import type { ModelDependencies } from '../dependencies.ts';
import { ModelCallStopped, type ChatResult } from '../model-gateway.ts';
import { letterOfTurn } from './letter-of-turn.ts';
import { noteFallback } from './note-fallback.ts';
import { isMalformed } from './read-answer.ts';

/** An endpoint that answered, as it was when the call was admitted. */
interface AliveBackend {
  readonly address: string;
  readonly generation: number;
}

/** What is asked, of which chain, and how often before. */
export interface Question {
  readonly input: InvokeModelInput;
  readonly chain: PinnedChain;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolSpec[];
  readonly faults: FaultState | undefined;
  /** Attempt number of this turn, from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** An answer with the tier that gave it, or why there is none. */
export type Asked =
  | {
      readonly type: 'answer';
      readonly tier: number;
      readonly result: ChatResult;
      readonly attempt: number;
      /** The endpoint, which whoever stores the answer reports as alive; undefined: that is reported already. */
      readonly backend: AliveBackend | undefined;
      /** The call as it was journalled. */
      readonly journalled: JournalledCall;
      /** What answers cost that the chain moved on from. */
      readonly leftBehind: readonly Usage[];
    }
  | Extract<
      InvokeModelResult,
      { type: 'budget-refused' | 'stopped' | 'context-full' | 'rate-limited' | 'exhausted' }
    >;

/**
 * Asks the tiers of a chain until one answers. Each call is journalled before it is made and settled after it. A fault
 * that wants another try of the same tier fails the activity with the wait as its delay; the counts stand in the turn.
 *
 * @throws {ApplicationFailure} Model.* with nextRetryDelay.
 */
export async function askModel(
  dependencies: ModelDependencies,
  question: Question,
): Promise<Asked> {
  const chain = tierChain(question.chain);
  await bringBudgetsUpToDate(dependencies, question);
  let state = question.faults ?? newFaultState(firstTier(chain, question.input.tier));
  let leftBehind: readonly Usage[] = [];
  // Each round moves to a later tier, so there are at most as many rounds as tiers.
  for (let call = question.attempt * maxTiers; ; call += 1) {
    const entry = question.chain.entries[state.tier];
    if (entry === undefined) return { type: 'exhausted', errors: state.errors };
    const asked = await askTier(dependencies, { question, entry, tier: state.tier, attempt: call });
    if (asked.type === 'refused') return asked.refusal;
    if (asked.type === 'answer') {
      const move = moveAfterAnswer(chain, state.tier, question, asked.result);
      if (move === undefined) return { ...asked, tier: state.tier, attempt: call, leftBehind };
      leftBehind = [...leftBehind, asked.result.usage];
      await settleLeftBehind(dependencies, question, {
        tier: state.tier,
        attempt: call,
        usage: asked.result.usage,
      });
      await reportAlive(dependencies, question.input.run.tenant, asked.backend);
      await noteFallback(dependencies.db, question.input, {
        move,
        fromTier: state.tier,
        code: move.reason,
        errors: state.errors,
      });
      state = { ...newFaultState(move.tier), errors: state.errors };
      continue;
    }
    const next = afterFault(chain, state, { fault: asked.fault, random: dependencies.random() });
    const fault = { tier: state.tier, facts: asked.fault };
    const decided = await afterMove(dependencies, question, { next, fault });
    if (decided.type !== 'go-on') return decided;
    ({ state } = decided);
  }
}

/** What people allowed more counts before the call; calls of attempts that died count as spent. */
async function bringBudgetsUpToDate(
  { db }: ModelDependencies,
  { input, attempt }: Question,
): Promise<void> {
  const { run, turn } = input;
  await applyRaises(db, input);
  if (attempt === 1) return;
  await settleOrphans(db, { runId: run.runId, turn: { id: turn, before: attempt * maxTiers } });
}

/** A run begins with the tier that the chain starts with, and stays where it has moved since. */
function firstTier(chain: TierChain, tier: number): number {
  return tier === 0 ? startTier(chain) : tier;
}

/** An answer that the chain moves on from is paid for all the same. */
async function settleLeftBehind(
  { db }: ModelDependencies,
  { input }: Question,
  {
    tier,
    attempt,
    usage,
  }: { readonly tier: number; readonly attempt: number; readonly usage: Usage },
): Promise<void> {
  const { runId } = input.run;
  await settleCall(db, { runId, turnId: input.turn, tier, attempt, state: 'answered', usage });
}

/** Room for the calls of one attempt in the numbers of the journal. */
const maxTiers = 4;

function tierChain({ entries, triggers }: PinnedChain): TierChain {
  return {
    tiers: entries.map(({ key, model, privacy }) => ({ key, model, privacy })),
    triggers,
  };
}

async function afterMove(
  { db }: ModelDependencies,
  question: Question,
  {
    next,
    fault,
  }: {
    readonly next: FaultMove;
    readonly fault: { readonly tier: number; readonly facts: FaultFacts };
  },
): Promise<
  { readonly type: 'go-on'; readonly state: FaultState } | Exclude<Asked, { type: 'answer' }>
> {
  const { turn } = question.input;
  switch (next.type) {
    case 'retry':
      await saveFaults(db, turn, next.state);
      throw ApplicationFailure.create({
        message: fault.facts.message,
        type: fault.facts.type,
        nextRetryDelay: next.delayMs,
      });
    case 'next-tier':
      await db.transaction().execute(async (tx) => {
        await saveFaults(tx, turn, next.state);
        const { move, state } = next;
        const { tier: fromTier, facts } = fault;
        const { errors } = state;
        await noteFallback(tx, question.input, { move, fromTier, code: facts.code, errors });
      });
      return { type: 'go-on', state: next.state };
    case 'rate-limited':
      await saveFaults(db, turn, next.state);
      return { type: 'rate-limited', retryAfterMs: next.retryAfterMs };
    case 'context-full':
      return { type: 'context-full' };
    case 'exhausted':
      // Whoever resumes the run begins with the first tier and fresh counts.
      await db.transaction().execute(async (tx) => {
        await saveFaults(tx, turn, newFaultState(question.input.tier));
        await putLetter(tx, question.input.run.runId, letterOfTurn(question, next.errors));
      });
      return {
        type: 'exhausted',
        errors: next.errors.map(({ model, code, message }) => ({ model, code, message })),
      };
  }
}

function moveAfterAnswer(
  chain: TierChain,
  tier: number,
  question: Question,
  { message }: ChatResult,
): Extract<ReturnType<typeof nextTier>, { type: 'move' }> | undefined {
  const isBad = message.toolCalls.some((call) => isMalformed(call));
  const trigger = answerTrigger({
    toolsOffered: question.tools.length,
    toolCalls: message.toolCalls.length,
    malformedInARow: isBad ? 1 + (lastWasMalformed(question.messages) ? 1 : 0) : 0,
  });
  if (trigger === undefined || !chain.triggers.includes(trigger)) return undefined;
  const move = nextTier(chain, tier, trigger);
  return move.type === 'move' ? move : undefined;
}

function lastWasMalformed(messages: readonly ChatMessage[]): boolean {
  const last = messages.findLast((message) => message.role === 'assistant');
  return last?.toolCalls.some((call) => isMalformed(call)) ?? false;
}

interface TierQuestion {
  readonly question: Question;
  readonly entry: ModelEntry;
  readonly tier: number;
  /** Number in the journal. */
  readonly attempt: number;
}

type TierAnswer =
  | {
      readonly type: 'answer';
      readonly result: ChatResult;
      readonly backend: AliveBackend | undefined;
      readonly journalled: JournalledCall;
    }
  | { readonly type: 'fault'; readonly fault: FaultFacts; readonly usage?: Usage | undefined }
  | { readonly type: 'refused'; readonly refusal: CallRefused };

/** Asks one tier once: budget, breaker, rate, journal, call, settlement. */
async function askTier(dependencies: ModelDependencies, asked: TierQuestion): Promise<TierAnswer> {
  const { db, prices } = dependencies;
  const { question, entry } = asked;
  const { run } = question.input;
  const estimate = estimateCall(entry, question, prices);
  const refusal = overRunLimit(question.input, estimate);
  if (refusal !== undefined) return { type: 'refused', refusal };
  const { tier, attempt } = asked;
  const wanted = { input: question.input, entry, tier, attempt, estimate };
  const admitted = await admitToCall(dependencies, wanted);
  if (admitted.type !== 'admitted') return admitted;
  const { breaker: admission, taken, journalled } = admitted;
  const backend = { tenant: run.tenant, backend: entry.baseUrl };
  const outcome = await callOnce(dependencies, asked).catch(async (error: unknown) => {
    // It ended without telling anything about the endpoint.
    if (admission.probe) await abandonProbe(db, backend, admission);
    throw error;
  });
  const usage = outcome.type === 'answer' ? outcome.result.usage : outcome.usage;
  const used = usage === undefined ? 0 : usage.tokensIn + usage.tokensOut;
  if (taken > 0) {
    await settleBucket(db, { tenant: run.tenant, model: entry.key }, { taken, used });
  }
  if (outcome.type === 'fault' && sickTypes.has(outcome.fault.type)) {
    const { generation } = admission;
    await recordBackendFailure(db, backend, { generation, error: outcome.fault.message });
    return outcome;
  }
  if (outcome.type === 'answer' && !admission.probe) {
    // Storing the answer says so in the same statement.
    const { generation } = admission;
    return { ...outcome, journalled, backend: { address: entry.baseUrl, generation } };
  }
  await recordBackendSuccess(db, backend, admission);
  return outcome.type === 'answer' ? { ...outcome, journalled, backend: undefined } : outcome;
}

async function reportAlive(
  { db }: Pick<ModelDependencies, 'db'>,
  tenant: string,
  backend: AliveBackend | undefined,
): Promise<void> {
  if (backend === undefined) return;
  await recordBackendSuccess(db, { tenant, backend: backend.address }, backend);
}

/** Faults that say that the endpoint itself is sick. */
const sickTypes: ReadonlySet<string> = new Set([
  FailureType.modelUnavailable,
  FailureType.modelTimedOut,
  FailureType.modelTruncated,
]);

async function callOnce(
  dependencies: ModelDependencies,
  { question, entry, tier, attempt }: TierQuestion,
): Promise<
  { readonly type: 'answer'; readonly result: ChatResult } | Extract<TierAnswer, { type: 'fault' }>
> {
  const { db, gateway, resolveKey, pauseAt } = dependencies;
  const { turn, run } = question.input;
  const call = { runId: run.runId, turnId: turn, tier, attempt };
  await pauseAt('model-asked', turn);
  const deltas = new DeltaWriter(db, {
    turnId: turn,
    attempt,
    tenant: run.tenant,
    runId: run.runId,
  });
  try {
    const key = await keyFor(resolveKey, entry);
    const result = await gateway.chat({
      entry,
      ...(key === undefined ? {} : { apiKey: key }),
      messages: question.messages,
      tools: question.tools,
      signal: question.signal,
      onDelta: deltas.add,
    });
    return { type: 'answer', result };
  } catch (error) {
    const state = 'failed';
    if (error instanceof ModelCallStopped) {
      await settleCall(db, { ...call, state, usage: error.usage });
      throw error;
    }
    if (!(error instanceof ModelFault)) throw error;
    await settleCall(db, { ...call, state, usage: error.usage, code: error.code });
    const data = { turn, model: entry.model, code: error.code, message: error.message };
    const events: NewEvent[] = [{ type: 'model.failed', data }];
    await appendEvents(db, { runId: run.runId, notes: [], events });
    return { type: 'fault', fault: error, usage: error.usage };
  } finally {
    await deltas.close();
  }
}

/** The key of a tier. @throws {ModelFault} when it is missing or may not go there: another tier may answer, or a person mends it. */
async function keyFor(
  resolveKey: ModelDependencies['resolveKey'],
  entry: ModelEntry,
): Promise<string | undefined> {
  if (entry.apiKey === undefined) return undefined;
  try {
    return await resolveKey(entry);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const message = `${entry.key}: ${error.message}`;
    const { modelUnauthorized: type } = FailureType;
    throw new ModelFault({ type, kind: 'permanent', code: error.code, message }, { cause: error });
  }
}
