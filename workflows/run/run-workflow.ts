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
import { registerHandlers, type DeskHolder } from './handlers.ts';
import { smallCarry } from './payload-size.ts';
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
  const desk = new RunDesk(carriedBy(input) ?? (await open(input)));
  holder.desk = desk;
  desk.show(desk.pausedBy === undefined ? 'running' : 'paused', null);
  const end = await untilEnd(desk);
  if (end.type === 'carry-over') return carryOver(desk, input);
  return closeRun(desk, end);
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, runWorkflow);

/** What the execution before this one carried. Anybody can start a workflow with any input: only our own chain is believed. */
function carriedBy(input: unknown): RunCarry | undefined {
  const { continuedFromExecutionRunId, cronSchedule } = workflowInfo();
  // A cron start continues itself with the starter's own input, which is as hostile as any other.
  if (continuedFromExecutionRunId === undefined || cronSchedule !== undefined) return undefined;
  return hasCarry(input) ? input.carry : undefined;
}

/** True for what carryOver below has written: the server made this execution from our own command. */
function hasCarry(input: unknown): input is { readonly carry: RunCarry } {
  return isJsonObject(input) && isJsonObject(input['carry']);
}

async function open(input: unknown): Promise<RunCarry> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const start = withoutCarry(input);
  const result = decoded(
    await run('open the run').openRun({
      runId: workflowId,
      firstExecution: firstExecutionRunId,
      start,
    }),
  );
  if (result.type === 'opened') {
    const { pins, agent, deadlineMs } = result;
    return { pins, agent, deadlineMs, decided: [] };
  }
  throw ApplicationFailure.nonRetryable(result.message, result.code, {
    code: result.code,
    fieldErrors: result.fieldErrors,
  });
}

function withoutCarry(input: unknown): unknown {
  if (!isJsonObject(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([key]) => key !== 'carry'));
}

/** A cancelled run and one that the engine failed are closed all the same: no intent stays open unseen. */
async function untilEnd(desk: RunDesk): Promise<AgentEnd> {
  try {
    return await runAgent(desk);
  } catch (error) {
    const isCancelled = isCancellation(error);
    if (!isCancelled) log.error('the run failed', { error });
    const end: AgentEnd = isCancelled
      ? { type: 'stopped', reason: 'cancelled' }
      : { type: 'stopped', reason: 'error', message: messageOf(error) };
    await CancellationScope.nonCancellable(async () => closeRun(desk, end));
    throw error;
  }
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message.slice(0, 500) : 'the engine failed';
}

async function carryOver(desk: RunDesk, input: unknown): Promise<never> {
  // A half-done update would be lost; settlements wait for the loop, so they are answered by the next execution.
  for (const pending of desk.settlements) {
    pending.answer ??= { refused: 'the run was moving on just then; send it again' };
  }
  await condition(allHandlersFinished);
  const start = withoutCarry(input);
  return continueAsNew<typeof runWorkflow>({
    ...(isJsonObject(start) ? start : {}),
    carry: smallCarry(desk.carry()),
  });
}
