import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';

import { isJsonObject } from '../../domain/json.ts';
import type { RunCarry } from '../../domain/run/run-input.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { AgentEnd } from '../agent/agent-end.ts';
import { runAgent } from '../agent/run-agent.ts';
import { decoded, run } from './activities.ts';
import { closeRun } from './close-run.ts';
import { registerHandlers, type DeskHolder } from './handlers/register-handlers.ts';
import { fittingCarry, smallInput } from './payload-size.ts';
import { RunDesk } from './run-desk.ts';

/**
 * Runs one agent from its request to a result, durably.
 * Ends when the agent finishes, a limit is reached, somebody cancels, or the engine fails; never over an open effect.
 * Takes decideApproval, settleEffect, inject, pause, resume, revokeGrant, their signal aliases, and the query state.
 * Continues as new when the server suggests it, also while it waits; open approvals and queued messages go along.
 */
export async function runWorkflow(input: unknown): Promise<RunResult> {
  const holder: DeskHolder = { desk: undefined };
  registerHandlers(holder);
  refuseRepeats();
  const desk = new RunDesk(carriedBy(input) ?? (await open(input)));
  holder.desk = desk;
  // A run that waits says so itself, with its first step.
  if (!desk.isWaiting) desk.show('running', null);
  let end: AgentEnd;
  try {
    end = await runAgent(desk);
    if (end.type === 'carry-over') await handlersToFinish(desk);
  } catch (error) {
    // A cancelled run and one that the engine failed are closed all the same: no intent stays open unseen.
    await closeRun(desk, endOf(error));
    throw error;
  }
  return end.type === 'carry-over' ? carryOver(desk, input) : closeRun(desk, end);
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, runWorkflow);

/**
 * Our own starts have neither a retry policy nor a cron schedule. With one of them the server would begin the run
 * again, continued from an execution before it but with the starter's own input.
 */
function refuseRepeats(): void {
  const { attempt, cronSchedule } = workflowInfo();
  if (attempt === 1 && cronSchedule === undefined) return;
  throw ApplicationFailure.nonRetryable(
    'a run is begun once: start it without retry policy and cron schedule',
    'invalid_argument',
  );
}

/** What the execution before this one carried. Anybody can start a workflow with any input: only our own chain is believed. */
function carriedBy(input: unknown): RunCarry | undefined {
  if (workflowInfo().continuedFromExecutionRunId === undefined) return undefined;
  return hasCarry(input) ? input.carry : undefined;
}

/** True for what carryOver below has written: the server made this execution from our own command. */
function hasCarry(input: unknown): input is { readonly carry: RunCarry } {
  return isJsonObject(input) && isJsonObject(input['carry']);
}

async function open(input: unknown): Promise<RunCarry> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const start = withoutCarry(input);
  const opening = smallInput({ runId: workflowId, firstExecution: firstExecutionRunId, start });
  // A cancel that comes now is taken up behind it: no run is begun and then forgotten.
  const result = decoded(
    await CancellationScope.nonCancellable(async () => run('open the run').openRun(opening)),
  );
  if (result.type === 'opened') {
    const { pins, agent, deadlineMs } = result;
    return { pins, agent, deadlineMs, decided: [] };
  }
  const { code, message, suggestion, fieldErrors } = result;
  throw ApplicationFailure.nonRetryable(message, code, {
    code,
    ...(suggestion === undefined ? {} : { suggestion }),
    fieldErrors,
  });
}

function withoutCarry(input: unknown): unknown {
  // Bytes have as many entries as they have bytes.
  if (ArrayBuffer.isView(input)) return null;
  if (!isJsonObject(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([key]) => key !== 'carry'));
}

function endOf(error: unknown): Extract<AgentEnd, { type: 'stopped' }> {
  if (isCancellation(error)) return { type: 'stopped', reason: 'cancelled' };
  log.error('the run failed', { error });
  return { type: 'stopped', reason: 'error', message: messageOf(error) };
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message.slice(0, 500) : 'the engine failed';
}

/** A half-done update would be lost. Settlements wait for the loop, which takes nothing up any more: send them again. */
async function handlersToFinish(desk: RunDesk): Promise<void> {
  desk.isMovingOn = true;
  await condition(allHandlersFinished);
}

async function carryOver(desk: RunDesk, input: unknown): Promise<never> {
  const start = withoutCarry(input);
  return continueAsNew<typeof runWorkflow>({
    ...(isJsonObject(start) ? start : {}),
    carry: fittingCarry(desk.carry()),
  });
}
