import { newAgentState, type AgentState } from '../../domain/agent/agent-state.ts';
import { fnv1a64 } from '../../domain/agent/fnv.ts';
import { afterCalls, afterModel } from '../../domain/agent/reducer.ts';
import { outsideTools } from '../../domain/effects/outside-tools.ts';
import { turnOfCall } from '../../domain/effects/state-at-turn.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { turnIdOf } from '../../domain/run/ids.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import type { Fork } from '../../domain/run/run-request.ts';
import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import { getTexts, putBlob } from '../../storage/blobs/blobs.ts';
import { getOutcome, putOutcome } from '../../storage/calls/call-outcomes.ts';
import { getBlock } from '../../storage/conversations/conversations.ts';
import { readRunEffects, type RunEffect } from '../../storage/effects/effects.ts';
import type { Executor } from '../../storage/postgres/database.ts';
import { getOpenedRun, type OpenedRun } from '../../storage/runs/runs.ts';
import { getAnswer, getHeadBefore } from '../../storage/turns/turns.ts';
import type { WorkspaceFork } from '../workspace/fork-workspace.ts';
import type { RunDependencies } from './run-dependencies.ts';

/** The turn of a run that a fork begins behind, with everything that is taken from the record. */
export interface ForkSource {
  readonly runId: string;
  readonly run: OpenedRun;
  readonly turn: number;
  /** Forks between that run and the one that was asked for: all that they did themselves is left behind. */
  readonly passed: readonly string[];
}

/**
 * Finds the run that took a turn: for one that a fork took over it is the run before.
 * @throws {HoldfastError} not_found when there is no such run or turn.
 */
export async function forkSource(
  db: Executor,
  tenant: string,
  { runId, turn }: Fork,
): Promise<ForkSource> {
  const run = runId.startsWith(`run/${tenant}/`) ? await getOpenedRun(db, runId) : undefined;
  if (run === undefined) throw new HoldfastError('not_found', `there is no run ${runId}`);
  const { fork } = run.request;
  if (fork !== undefined && turn <= fork.turn) {
    const source = await forkSource(db, tenant, { runId: fork.runId, turn });
    return { ...source, passed: [...source.passed, runId] };
  }
  const isThere =
    turn === 0
      ? (await getHeadBefore(db, turnIdOf(runId, 'main', 1))) !== undefined
      : (await getAnswer(db, turnIdOf(runId, 'main', turn))) !== undefined;
  if (!isThere) {
    throw new HoldfastError('not_found', `the run has no turn ${turn} to go on behind`, {
      suggestion: 'see its turns with holdfast runs replay',
    });
  }
  return { runId, run, turn, passed: [] };
}

/**
 * The state of an agent behind a turn, taken from the record: nothing is asked or performed again.
 * @throws {HoldfastError} conflict when the turn has not ended, or the run ended in it.
 */
export async function agentBehind(
  db: Executor,
  ref: AgentRef,
  { runId, turn }: ForkSource,
): Promise<AgentState> {
  if (turn === 0) {
    const first = await getHeadBefore(db, turnIdOf(runId, 'main', 1));
    if (first === undefined) throw notEnded(turn);
    return newAgentState(ref, first);
  }
  const answer = await getAnswer(db, turnIdOf(runId, 'main', turn));
  if (answer === undefined) throw notEnded(turn);
  const { head, calls } = answer;
  const agent = afterModel({ ...newAgentState(ref, head), turn: turn - 1 }, answer);
  const settled = new Set(agent.settled.map(({ callId }) => callId));
  const missing = calls.filter(({ callId }) => !settled.has(callId));
  const outcomes: CallOutcome[] = [];
  const next = await getAnswer(db, turnIdOf(runId, 'main', turn + 1));
  const told = next === undefined ? [] : ((await getBlock(db, ref.tenant, next.head)) ?? []);
  for (const { callId } of missing) {
    const stored = await getOutcome(db, callId);
    const answered = told.find((message) => message.role === 'tool' && message.callId === callId);
    if (stored !== undefined) outcomes.push(stored.outcome);
    else if (answered?.role === 'tool') outcomes.push(toldOutcome(callId, answered.content));
    else throw notEnded(turn);
  }
  // What the turns before have cost was paid by the run that took them.
  return { ...afterCalls(agent, outcomes), spent: newAgentState(ref, head).spent };
}

/** What the workflow itself answered stands in the conversation only, in the words that the model has read. */
function toldOutcome(callId: string, text: string): CallOutcome {
  return { callId, status: 'ok', text, outputHash: fnv1a64(text), progress: false };
}

function notEnded(turn: number): HoldfastError {
  return new HoldfastError('conflict', `turn ${turn} has calls without an outcome`, {
    suggestion: `fork behind an earlier turn: --at ${Math.max(1, turn - 1)}`,
  });
}

/**
 * Holds what a fork needs of the run before it, so that it outlives an erasure of that run: the state that it begins with
 * and the texts of the results it takes over. Call it behind the row of the fork: from then on nobody takes its
 * conversation away.
 *
 * @throws {HoldfastError} conflict when the run before was erased meanwhile.
 */
export async function holdTaken(tx: Executor, agent: AgentState): Promise<void> {
  const { ref, head, settled } = agent;
  const { tenant, runId } = ref;
  const results = settled.flatMap(({ result }) => result ?? []);
  const texts = await getTexts(tx, tenant, results);
  const isThere = (await getBlock(tx, tenant, head)) !== undefined;
  if (!isThere || results.some((hash) => !texts.has(hash))) {
    throw new HoldfastError('conflict', 'the run to fork was erased meanwhile');
  }
  for (const [index, outcome] of settled.entries()) {
    const callId = `${runId}/taken/${index}`;
    const taken = { outcome: { ...outcome, callId }, texts: results };
    await putOutcome(tx, { tenant, runId, digest: '' }, taken);
  }
  const state = await putBlob(tx, tenant, JSON.stringify(agent));
  const outcome = { callId: stateIdOf(runId), result: state, ...stateOutcome };
  await putOutcome(tx, { tenant, runId, digest: '' }, { outcome, texts: [state] });
}

/** The state that a fork begins with, whatever became of the run before it. */
export async function forkedAgent(db: Executor, ref: AgentRef, fork: Fork): Promise<AgentState> {
  const { tenant, runId } = ref;
  const { result } = (await getOutcome(db, stateIdOf(runId)))?.outcome ?? {};
  const text = result && (await getTexts(db, tenant, [result])).get(result);
  // One that was opened before its state was kept.
  if (text === undefined) return agentBehind(db, ref, await forkSource(db, tenant, fork));
  // Written by holdTaken only.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as AgentState;
}

/** It stands beside the outcomes that were taken over: so it is kept, and goes, with the run. */
const stateIdOf = (runId: string): string => `${runId}/taken/state`;

const stateOutcome = { status: 'ok', outputHash: '', progress: false } as const;

/** What a fork takes over from its source besides the conversation. */
export async function forkedParts(
  { effects }: Pick<RunDependencies, 'effects'>,
  { tenant, runId: newRun }: { readonly tenant: string; readonly runId: string },
  { runId, run, turn, passed }: ForkSource,
): Promise<{
  readonly definitions: PinnedDefinitions;
  readonly workspace: RunPins['workspace'];
}> {
  const { db, workspaces, definitions: reader } = effects;
  const all = await readRunEffects(db, runId);
  const later = all.filter(({ callId }) => turnOfCall(callId) > turn);
  const ofForks = await Promise.all(passed.map(async (fork) => readRunEffects(db, fork)));
  const workspace = await workspaces.fork(newRun, run.pins.workspace, workspaceFork(all, turn));
  const definitions = await reader.read(tenant, run.pins.definitions);
  const repeated = [...later, ...ofForks.flat()].flatMap(({ tool, state }) =>
    outsideTools.has(tool) && state !== 'failed' ? tool : [],
  );
  const askedAgain = [...new Set([...(definitions.askedAgain ?? []), ...repeated])].toSorted();
  return {
    definitions: askedAgain.length === 0 ? definitions : { ...definitions, askedAgain },
    workspace,
  };
}

function workspaceFork(effects: readonly RunEffect[], turn: number): WorkspaceFork {
  const changing = effects.filter(({ tool }) => !outsideTools.has(tool) && tool !== 'git_commit');
  const later = effects.filter(({ callId }) => turnOfCall(callId) > turn);
  const moved = later.find(({ tool }) => tool === 'git_commit' || tool === 'git_branch');
  return {
    lastChange: changing.findLast(({ callId }) => turnOfCall(callId) <= turn)?.callId,
    nextChange: changing.find(({ callId }) => turnOfCall(callId) > turn)?.callId,
    head: headOf(moved),
    isBusy: effects.some(({ state }) => state === 'intent'),
  };
}

function headOf(effect: RunEffect | undefined): WorkspaceFork['head'] {
  const before = effect?.before;
  if (!isJsonObject(before)) return undefined;
  const { ref, old } = before;
  return typeof ref === 'string' && typeof old === 'string' ? { ref, old } : undefined;
}
