import { ApplicationFailure } from '@temporalio/common';

import type { PerformCallResult } from '../../../domain/agent/activities.ts';
import { outsideTools } from '../../../domain/effects/outside-tools.ts';
import { launchNumberOf } from '../../../domain/effects/launch-number.ts';
import { FailureType } from '../../../domain/failures.ts';
import { isJsonObject, type Json } from '../../../domain/json.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { PrepareScope } from '../../prepare/prepare-call.ts';
import type { PerformContext } from '../../tools/tool.ts';
import type { Sight } from '../../workspace/closed-files/closed-files.ts';
import { act, type Acted } from './act.ts';
import { busy, type Attempt } from '../ledger/attempt-at-call.ts';
import { keepTrying } from '../keep-trying.ts';
import { performTool } from './perform-tool.ts';
import {
  recordOutcome,
  recordUnknown,
  withdrawIntent,
  type OpenIntent,
} from '../ledger/record-outcome.ts';

/** A call whose intent is ours. */
export interface IntendedCall {
  readonly call: StoredCall;
  readonly scope: PrepareScope;
  readonly intent: OpenIntent;
}

/** Performs what the ledger knows of, and writes down what came of it. */
export async function actAndRecord(
  attempt: Attempt,
  work: IntendedCall,
): Promise<PerformCallResult> {
  const { dependencies } = attempt;
  const { call, intent, scope } = work;
  const acted = await act(dependencies, intent, async () => {
    dependencies.begun.put(call, intent.fence);
    return performTool(dependencies, call, {
      ...contextOf(attempt, call, scope),
      ledger: { launchNumber: launchNumberOf(intent.fence), progress: attempt.progress },
    });
  });
  await dependencies.pauseAt('after-act', call.callId);
  keepAfter(attempt, work);
  return keepTrying(async () => record(attempt, work, acted));
}

/** Makes sure that the state before a call that changes the workspace is kept. Nothing has begun yet. */
export async function keepBefore(
  { dependencies, input }: Attempt,
  { call, scope }: Omit<IntendedCall, 'intent'>,
): Promise<void> {
  const { workspaces, prepare } = dependencies;
  if (!outsideTools.has(call.tool)) workspaces.holdBundle(scope.pins.workspace);
  if (prepare.tools.get(call.tool)?.changes === undefined) return;
  const { callId } = call;
  const effectSeq = input.effectSeq + 1;
  await workspaces.keepBefore(scope.workspace, { callId, effectSeq });
}

/** Begins to keep the state behind a call that changes the workspace, and does not wait for it. */
function keepAfter({ dependencies }: Attempt, { call, intent, scope }: IntendedCall): void {
  const { workspaces, prepare } = dependencies;
  const changes = prepare.tools.get(call.tool)?.changes;
  // Also what changes nothing but the repository of the workspace, such as a commit.
  if (!outsideTools.has(call.tool)) workspaces.bundleSoon(scope.run.runId);
  if (changes === undefined) return;
  const { callId } = call;
  const { effectSeq } = intent;
  const path = changes === 'one-file' ? pathOf(call.preconditions) : undefined;
  workspaces.keepAfter(scope.workspace, { callId, effectSeq }, path);
}

function pathOf(preconditions: Json): string | undefined {
  const path = isJsonObject(preconditions) ? preconditions['path'] : undefined;
  return typeof path === 'string' ? path : undefined;
}

async function record(
  { dependencies }: Attempt,
  { call, intent }: IntendedCall,
  acted: Acted,
): Promise<PerformCallResult> {
  const { db, begun, pauseAt } = dependencies;
  const { callId } = call;
  const { effectSeq } = intent;
  switch (acted.type) {
    case 'not-begun':
      await withdrawIntent(db, { call, intent }, acted.error.message);
      begun.forget(call);
      throw ApplicationFailure.nonRetryable(acted.error.message, FailureType.sandboxUnavailable);
    case 'unseen': {
      const evidence = await recordUnknown(db, { call, intent }, acted.why);
      return { type: 'unknown', callId, evidence, effectSeq };
    }
    case 'seen': {
      const outcome = await recordOutcome(dependencies, { call, intent }, acted.result);
      await pauseAt('after-outcome', callId);
      if (outcome === undefined) throw busy('another worker has taken this effect over');
      return { type: 'done', outcome, effectSeq };
    }
  }
}

/** What a tool is performed with. */
export function contextOf(
  { input, dependencies, signal }: Attempt,
  call: StoredCall,
  scope: PrepareScope,
): PerformContext {
  return {
    workspace: scope.workspace,
    networkAllowed: scope.definitions.networkAllowed,
    signal,
    callId: call.callId,
    preconditions: call.preconditions,
    timeoutMs: Math.max(1_000, input.deadlineMs - dependencies.now()),
    sight: sightOf(scope, call),
  };
}

/** What the programs of a call may see of the workspace: by the rules it was judged by. */
export function sightOf(
  { definitions, changedPolicies = [] }: Pick<PrepareScope, 'definitions' | 'changedPolicies'>,
  { facts }: StoredCall,
): Sight {
  return { policies: [...definitions.policies, ...changedPolicies], named: facts?.paths ?? [] };
}
