import { ApplicationFailure } from '@temporalio/common';

import type {
  PerformReadsInput,
  PerformReadsResult,
  PrepareCallInput,
  PrepareCallResult,
  ToolActivities,
} from '../../domain/agent/activities.ts';
import { FailureType } from '../../domain/failures.ts';
import { stopSubject } from '../../domain/stops/stop-scopes.ts';
import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import {
  getCalls,
  newestCall,
  putCalls,
  putGivenCall,
  type StoredCall,
} from '../../storage/calls/prepared-calls.ts';
import { hashJson } from '../../storage/hashing.ts';
import { prepareOne, type PrepareScope } from '../prepare/prepare-call.ts';
import { stoppedScope } from '../../storage/stops/stops.ts';
import { attempt, type Watching } from './ledger/attempt.ts';
import { attemptAtCall } from './ledger/attempt-at-call.ts';
import type { EffectDependencies } from './dependencies.ts';
import { sightOf } from './perform/act-and-record.ts';
import { performCall } from './perform/perform-call.ts';
import { performRead } from './perform/perform-tool.ts';
import { recordRead } from './ledger/record-outcome.ts';
import { refuseCall } from './perform/refuse-call.ts';
import { recordSettlement } from './ledger/settle.ts';
import { knownOutcome } from './perform/stored-outcome.ts';
import type { StopWatcher } from './perform/stop-watcher.ts';

/** Makes the activities that perform calls. */
export function createToolActivities(
  dependencies: EffectDependencies,
  stops: StopWatcher,
): ToolActivities {
  return {
    // A lost attempt goes on to its end: the next one finds it busy, and then its outcome.
    performCall: async (input) =>
      attempt(async (_, watching) => performCall(attemptAtCall(dependencies, input, watching)), {
        stops,
        run: input.run,
        ends: 'not-when-lost',
      }),
    performReads: async (input) =>
      attempt(async (_, watching) => performReads(dependencies, input, watching), {
        stops,
        run: input.run,
        ends: 'also-when-lost',
      }),
    prepareCall: async (input) =>
      attempt(async (signal) => prepareChanged(dependencies, input, signal), {
        stops,
        run: input.run,
        ends: 'also-when-lost',
      }),
    recordSettlement: async (input) =>
      attempt(async () => recordSettlement(dependencies, input), {
        stops,
        run: input.run,
        ends: 'not-when-lost',
      }),
  };
}

/** Performs neighbouring reads of a turn side by side; what is judged stricter now is handed back. */
async function performReads(
  dependencies: EffectDependencies,
  input: PerformReadsInput,
  { signal, uses }: Watching,
): Promise<PerformReadsResult> {
  const { run, pins, grants } = input;
  const [definitions, workspace, calls] = await Promise.all([
    dependencies.definitions.read(run.tenant, pins.definitions),
    dependencies.workspaces.open(pins.workspace),
    getCalls(dependencies.db, input.calls),
  ]);
  if (calls.length < input.calls.length) {
    throw ApplicationFailure.nonRetryable('a prepared call is gone', FailureType.effectConflict);
  }
  const tools = calls.map(({ tool }) => tool);
  for (const tool of tools) uses(tool);
  const [stopped, changedPolicies] = await Promise.all([
    stoppedScope(dependencies.db, stopSubject(run, tools)),
    dependencies.policies.changed({ run, pinned: definitions.policies }),
  ]);
  if (stopped !== undefined) {
    throw ApplicationFailure.nonRetryable(`${stopped} is stopped`, FailureType.runStopped);
  }
  const judging = { definitions, changedPolicies, grants, untrusted: [] };
  const scope = { run, pins, workspace, signal, ...judging };
  const done = await Promise.all(
    calls.map(async (call) => readOne(dependencies, { call, scope, deadlineMs: input.deadlineMs })),
  );
  return {
    outcomes: done.flatMap((each) => (each.type === 'outcome' ? each.outcome : [])),
    drifted: done.flatMap((each) => (each.type === 'drifted' ? each.call : [])),
  };
}

type ReadDone =
  | { readonly type: 'outcome'; readonly outcome: CallOutcome }
  | { readonly type: 'drifted'; readonly call: PreparedCall };

async function readOne(
  dependencies: EffectDependencies,
  work: { readonly call: StoredCall; readonly scope: PrepareScope; readonly deadlineMs: number },
): Promise<ReadDone> {
  const { call } = work;
  const scope = { ...work.scope, untrusted: call.verdict.untrusted ?? [] };
  const known = await knownOutcome(dependencies.db, call);
  if (known !== undefined) return { type: 'outcome', outcome: known };
  const again = await prepareOne(dependencies.prepare, scope, {
    callId: call.callId,
    tool: call.tool,
    arguments: call.arguments,
    decisionId: call.decisionId,
    given: call.given,
  });
  const { verdict } = again.call;
  if (again.call.invalid === undefined && verdict.type === 'deny') {
    scope.signal.throwIfAborted();
    const denied = { call, notes: [], before: call.verdict, verdict, why: again.stored.why };
    return { type: 'outcome', outcome: await refuseCall(dependencies.db, denied) };
  }
  if (again.call.invalid !== undefined || verdict.type !== 'allow') {
    scope.signal.throwIfAborted();
    await putCalls(dependencies.db, [again.stored]);
    return { type: 'drifted', call: again.call };
  }
  const result = await performRead(dependencies, call, {
    workspace: scope.workspace,
    networkAllowed: scope.definitions.networkAllowed,
    signal: scope.signal,
    callId: call.callId,
    preconditions: call.preconditions,
    timeoutMs: Math.max(1_000, work.deadlineMs - dependencies.now()),
    sight: sightOf(scope, call),
  });
  const outcome = await recordRead(dependencies.db, { call, notes: [] }, result);
  return { type: 'outcome', outcome };
}

/** Prepares a call anew with the arguments that a person changed. */
async function prepareChanged(
  { db, prepare, definitions: reader, policies, workspaces }: EffectDependencies,
  input: PrepareCallInput,
  signal: AbortSignal,
): Promise<PrepareCallResult> {
  const { run, pins, callId, grants } = input;
  const call = await newestCall(db, callId);
  if (call === undefined) {
    return { type: 'invalid', message: `there is no call ${callId}`, fieldErrors: [] };
  }
  const [definitions, workspace] = await Promise.all([
    reader.read(run.tenant, pins.definitions),
    workspaces.open(pins.workspace),
  ]);
  // The prompt that the call was asked for in is still the same one.
  const { untrusted = [] } = call.verdict;
  const changedPolicies = await policies.changed({ run, pinned: definitions.policies });
  const judging = { definitions, changedPolicies, grants, untrusted };
  const scope = { run, pins, workspace, signal, ...judging };
  const asked = {
    callId,
    tool: call.tool,
    arguments: input.arguments,
    decisionId: input.decisionId,
    given: hashJson(input.arguments),
  };
  const pair = await prepareOne(prepare, scope, asked);
  if (pair.call.invalid !== undefined) {
    return { type: 'invalid', message: pair.call.invalid.message, fieldErrors: [] };
  }
  await putGivenCall(db, pair.stored);
  return { type: 'prepared', call: pair.call };
}
