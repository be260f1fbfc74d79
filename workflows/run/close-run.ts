import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';

import type { Approval } from '../../domain/approval/approval.ts';
import { unheardWords } from '../../domain/agent/unheard-words.ts';
import { withWithdrawn } from '../../domain/approval/change-approval.ts';
import { withApproval } from '../../domain/approval/opening.ts';
import type { CloseRunInput, CloseRunResult } from '../../domain/run/activities.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { endStatusOf } from '../../domain/run/status.ts';
import { giveLocksBack } from '../agent/take-locks.ts';
import { awaitApproval, isOpen } from '../agent/await-approval.ts';
import { openQuestion, recordSettlements } from '../agent/record-settlements.ts';
import type { AgentEnd } from '../agent/agent-end.ts';
import { decoded, run } from './activities.ts';
import type { RunDesk } from './run-desk.ts';

/**
 * Closes a run. While an effect of it is not settled it asks, and closes again: a run never ends over an intent. A
 * cancel that comes now is too late: what is begun here is ended.
 */
export async function closeRun(
  desk: RunDesk,
  end: Extract<AgentEnd, { type: 'stopped' }>,
): Promise<RunResult> {
  desk.isClosing = true;
  desk.agent = withWithdrawn(desk.agent);
  for (const { messageId, author } of unheardWords(desk.agent)) {
    desk.note('message.refused', {
      messageId,
      author,
      reason: 'the run ended before it was heard',
    });
  }
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const result = decoded(await close(desk, end));
      if (result.type === 'closed') {
        await giveLocksBack(desk);
        return result.result;
      }
      await settleAll(desk, result.calls);
    }
  });
}

async function close(
  desk: RunDesk,
  end: Extract<AgentEnd, { type: 'stopped' }>,
): Promise<CloseRunResult> {
  const { agent, pins } = desk;
  const status = endStatusOf(end.reason);
  const input: CloseRunInput = {
    run: agent.ref,
    pins,
    head: agent.head,
    turn: agent.turn,
    status,
    stopReason: end.reason,
    ...(end.finish === undefined ? {} : { finish: end.finish }),
    ...(end.message === undefined ? {} : { message: end.message }),
    spent: agent.spent,
    settled: agent.settled,
    notes: agent.notes,
  };
  const result = await run(`close the run: ${status}`).closeRun(input);
  desk.delivered({ messages: 0, notes: agent.notes.length });
  if (result.type === 'closed') desk.show(status, null);
  return result;
}

async function settleAll(
  desk: RunDesk,
  calls: Extract<CloseRunResult, { type: 'unsettled' }>['calls'],
): Promise<void> {
  if (calls.length === 0) {
    throw ApplicationFailure.nonRetryable('the run could not be closed and gave no reason');
  }
  for (const call of calls) {
    const approval = openQuestion(desk, call.callId) ?? ask(desk, call);
    while (isOpen(desk, approval.approvalId)) {
      // One after the other: a person answers them one by one.
      if (desk.settlements.length > 0) await recordSettlements(desk);
      else await awaitApproval(desk, approval);
    }
  }
}

function ask(
  desk: RunDesk,
  { callId, digest, subject }: Extract<CloseRunResult, { type: 'unsettled' }>['calls'][number],
): Approval {
  const opened = withApproval(
    desk.agent,
    {
      kind: 'effect_unknown',
      position: callId,
      callId,
      subject,
      digest,
      risk: 'change',
      rule: 'ledger/unknown',
    },
    Date.now(),
  );
  desk.agent = opened.agent;
  return opened.approval;
}
