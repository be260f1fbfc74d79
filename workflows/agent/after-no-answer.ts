import { condition } from '@temporalio/workflow';

import type { InvokeModelResult } from '../../domain/agent/activities.ts';
import { afterMissing } from '../../domain/agent/reducer.ts';
import { withApproval } from '../../domain/approval/opening.ts';
import { budgetQuestion } from '../../domain/budget/question.ts';
import { turnIdOf } from '../../domain/run/ids.ts';
import type { RunDesk } from '../run/run-desk.ts';
import type { AgentEnd } from './agent-end.ts';

/** Decides what a turn without an answer means: ask a person, wait, hold the run, or stop. */
export async function afterNoAnswer(
  desk: RunDesk,
  result: Exclude<InvokeModelResult, { type: 'answered' }>,
): Promise<AgentEnd | undefined> {
  switch (result.type) {
    case 'budget-refused':
      return askForBudget(desk, result);
    case 'stopped':
      desk.held = { reason: 'kill_switch', message: `${result.scope} is stopped` };
      return undefined;
    case 'no-room':
      // Upkeep wakes it when a host has room: a poll of its own would fill its history.
      desk.held = { reason: 'capacity', message: result.message };
      return undefined;
    case 'rate-limited':
      await waitForRate(desk, result.retryAfterMs);
      return undefined;
    case 'missing':
      if (result.blobs.length > 0) {
        const message = `the conversation lacks ${result.blobs.join(', ')}`.slice(0, 500);
        desk.held = { reason: 'blob_missing', message };
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
      desk.held = { reason: 'model_unavailable', message: why.slice(0, 500) };
      return undefined;
    }
  }
}

/** The clock of the run stands while a provider makes it wait. A pause ends the wait; the model is asked after it. */
async function waitForRate(desk: RunDesk, retryAfterMs: number): Promise<void> {
  const sinceMs = Date.now();
  const summary = 'rate limited by the model provider';
  await condition(() => desk.isHeld, Math.max(1, Math.ceil(retryAfterMs)), { summary });
  desk.deadlineMs += Date.now() - sinceMs;
}

async function askForBudget(
  desk: RunDesk,
  refused: Extract<InvokeModelResult, { type: 'budget-refused' }>,
): Promise<undefined> {
  const { ref, turn } = desk.agent;
  const { budget, microUsd, cap } = refused;
  desk.note('budget.exceeded', { budget, microUsd, ...(cap === undefined ? {} : { ...cap }) });
  const opened = withApproval(
    desk.agent,
    {
      kind: 'budget',
      position: turnIdOf(ref.runId, ref.agentPath, turn + 1),
      subject: budgetQuestion(refused),
      digest: `budget-${turn + 1}`,
      risk: 'change',
      rule: budget,
      ...(microUsd === null ? {} : { needsMicroUsd: Math.ceil(microUsd) }),
      ...(cap === undefined ? {} : { cap }),
    },
    Date.now(),
  );
  desk.agent = opened.agent;
  return undefined;
}
