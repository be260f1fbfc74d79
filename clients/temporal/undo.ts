import { randomUUID } from 'node:crypto';

import { undoWorkflowIdOf, type PreparedUndo, type UndoAnswer } from '../../domain/effects/undo.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { Json } from '../../domain/json.ts';
import type { undoWorkflow } from '../../workflows/undo/undo-workflow.ts';
import type { SettleInput } from '../effects-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { inOwnName } from './runs/send-messages.ts';
import { isNamed, translated } from './translate-error.ts';

/** Longest wait for an answer, in milliseconds: a push may take two minutes. */
const answerMs = 150_000;

/** What taking an effect back would do. */
export async function previewUndo(
  connection: LocalConnection,
  callId: string,
): Promise<PreparedUndo> {
  const { tenant } = connection;
  const workflowId = `${undoWorkflowIdOf(callId)}/look/${randomUUID()}`;
  const answer = await ask(connection, workflowId, { action: 'prepare', tenant, callId });
  if (answer.type === 'prepared') return answer.undo;
  throw new HoldfastError('internal', 'a look was answered like an act');
}

/** Takes an effect back as it was shown. */
export async function performUndo(
  connection: LocalConnection,
  runId: string,
  { callId, digest }: Pick<PreparedUndo, 'callId' | 'digest'>,
): Promise<string> {
  return textOf(await order(connection, { callId, runId }, { action: 'perform', digest }));
}

/** Says what became of taking an effect back. */
export async function settleUndo(
  connection: LocalConnection,
  effect: { readonly callId: string; readonly runId: string },
  { settlement, reason }: SettleInput,
): Promise<{ readonly state: string }> {
  if (settlement === 'run-again') {
    throw new HoldfastError('invalid_argument', 'taking back is not run again by settling it', {
      suggestion: 'settle it with --did-not-happen, then: holdfast effects undo',
    });
  }
  const fields = { action: 'settle', settlement, reason };
  return { state: textOf(await order(connection, effect, fields)) };
}

/** Gives an order in one's own name. */
async function order(
  connection: LocalConnection,
  { callId, runId }: { readonly callId: string; readonly runId: string },
  what: { readonly action: string; readonly [field: string]: Json },
): Promise<UndoAnswer> {
  const { tenant } = connection;
  const fields = { ...what, tenant, callId, decisionId: randomUUID() };
  const asked = await inOwnName(connection, { message: 'undoEffect', runId }, { fields });
  return ask(connection, undoWorkflowIdOf(callId), asked);
}

async function ask(
  connection: LocalConnection,
  workflowId: string,
  asked: object,
): Promise<Exclude<UndoAnswer, { readonly type: 'refused' }>> {
  const answer = await answerOf(connection, workflowId, asked);
  if (answer.type !== 'refused') return answer;
  const { code, message, suggestion } = answer;
  throw new HoldfastError(code, message, suggestion === undefined ? {} : { suggestion });
}

async function answerOf(
  { temporal, taskQueue }: LocalConnection,
  workflowId: string,
  asked: object,
): Promise<UndoAnswer> {
  const client = await temporal();
  try {
    const handle = await client.workflow.start<typeof undoWorkflow>('undoWorkflow', {
      workflowId,
      taskQueue,
      args: [asked],
      // One at a time; what was tried before may be tried again.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      retry: { maximumAttempts: 1 },
    });
    return await inTime(handle.result());
  } catch (error) {
    if (isNamed(error, 'WorkflowExecutionAlreadyStartedError')) {
      throw new HoldfastError('conflict', 'somebody takes this effect back right now', {
        suggestion: 'see what came of it: holdfast effects show',
      });
    }
    return translated('taking it back', () => Promise.reject(error));
  }
}

async function inTime(result: Promise<UndoAnswer>): Promise<UndoAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new HoldfastError('timeout', 'no worker has answered yet; what was ordered goes on', {
          suggestion: 'see: holdfast status, and holdfast effects show',
        }),
      );
    }, answerMs);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(answer: UndoAnswer): string {
  return answer.type === 'done' ? answer.text : '';
}
