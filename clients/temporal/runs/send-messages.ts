import { randomUUID } from 'node:crypto';

import type { UpdateDefinition } from '@temporalio/common';

import { utf8Length, maxMessageTextBytes } from '../../../domain/messages/reading.ts';
import type { Json } from '../../../domain/json.ts';
import type { SignedMessage } from '../../../domain/principals/signed-content.ts';
import { hashJson } from '../../../storage/hashing.ts';
import { putBlob, putCancel } from '../../../storage/administration.ts';
import { readRun } from '../../../storage/readers.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { runScope } from '../../../domain/stops/stop-scopes.ts';
import {
  decideApprovalUpdate,
  injectUpdate,
  pauseUpdate,
  resumeUpdate,
  revokeGrantUpdate,
  settleEffectUpdate,
  wakeSignal,
} from '../../../workflows/run/messages.ts';
import type { SettleInput } from '../../effects-client.ts';
import type { DecidedApprovalAnswer, DecideInput } from '../../inbox-client.ts';
import { callTimeoutMs, type LocalConnection } from '../local-connection.ts';
import { requireRole } from './require-role.ts';
import { speakerOf } from './sign-messages.ts';
import { translated } from '../translate-error.ts';

/** Longest injected message, in bytes. */
const maxInjectedBytes = 16 * 1024;

/** Sends an update and waits for its answer. The id makes a repeat harmless. */
async function send<Answer>(
  { temporal }: LocalConnection,
  runId: string,
  update: {
    readonly definition: UpdateDefinition<Answer, [unknown]>;
    readonly input: object;
    readonly id: string;
  },
): Promise<Answer> {
  const client = await temporal();
  return translated('the run', async () =>
    client.withDeadline(Date.now() + callTimeoutMs, async () =>
      client.workflow.getHandle(runId).executeUpdate(update.definition, {
        args: [update.input],
        updateId: update.id,
      }),
    ),
  );
}

type Fields = { readonly [key: string]: Json | undefined };

/** Signs what is sent in the name of the person whose key this is; `signed` stands for large parts of the input. */
export async function inOwnName(
  connection: LocalConnection,
  { message, runId }: { readonly message: SignedMessage; readonly runId: string },
  { fields, signed = {} }: { readonly fields: Fields; readonly signed?: Fields },
): Promise<object> {
  const { name, sign } = await translated('the register of people', async () =>
    speakerOf(connection),
  );
  const input = { ...fields, by: name };
  const proof = sign?.({ message, runId, input: { ...input, ...signed } });
  return proof === undefined ? input : { ...input, proof };
}

/** Sends a decision on an approval. */
export async function sendDecision(
  connection: LocalConnection,
  { approvalId, runId }: { readonly approvalId: string; readonly runId: string },
  decision: DecideInput,
): Promise<DecidedApprovalAnswer> {
  const { approval: _, remember, ...rest } = decision;
  const id = randomUUID();
  const fields = {
    ...rest,
    approvalId,
    decisionId: id,
    via: 'cli',
    ...(remember === undefined ? {} : { remember: { pattern: remember } }),
  };
  const changed = decision.arguments === undefined ? undefined : hashJson(decision.arguments);
  const message = 'decideApproval';
  const input = await inOwnName(
    connection,
    { message, runId },
    { fields, signed: changed === undefined ? {} : { arguments: changed } },
  );
  try {
    return await send(connection, runId, { definition: decideApprovalUpdate, input, id });
  } catch (error) {
    // It is open in the inbox and not for the run: the inbox may be older than the run. The error is told in any case.
    if (isNotAsked(error)) await askAnew(connection, runId).catch(() => undefined);
    throw error;
  }
}

function isNotAsked(error: unknown): boolean {
  return error instanceof HoldfastError && ['conflict', 'not_found'].includes(error.code);
}

/** Lets a run tell once more what it waits for. */
async function askAnew({ temporal }: LocalConnection, runId: string): Promise<void> {
  const client = await temporal();
  await client.withDeadline(Date.now() + callTimeoutMs, async () =>
    client.workflow.getHandle(runId).signal(wakeSignal, { announce: true }),
  );
}

/** Says what became of an effect. */
export async function sendSettlement(
  connection: LocalConnection,
  { callId, runId }: { readonly callId: string; readonly runId: string },
  { settlement, reason }: SettleInput,
): Promise<{ readonly state: string }> {
  const id = randomUUID();
  const fields = { callId, settlement, reason, decisionId: id };
  const input = await inOwnName(connection, { message: 'settleEffect', runId }, { fields });
  return send(connection, runId, { definition: settleEffectUpdate, input, id });
}

/** Adds words before the next model call; long ones go by blob. */
export async function sendMessage(
  connection: LocalConnection,
  runId: string,
  text: string,
): Promise<{ readonly position: number }> {
  const bytes = utf8Length(text);
  if (text.trim() === '') throw new HoldfastError('invalid_argument', 'the message is empty');
  if (bytes > maxInjectedBytes) {
    throw new HoldfastError('payload_too_large', `a message has at most ${maxInjectedBytes} bytes`);
  }
  const id = randomUUID();
  const isLong = bytes > maxMessageTextBytes;
  const content = isLong
    ? { blob: await putBlob(connection.db, connection.tenant, text) }
    : { text };
  const { name, sign } = await translated('the register of people', async () =>
    speakerOf(connection),
  );
  const input = { messageId: id, author: name, ...content };
  const proof = sign?.({ message: 'inject', runId, input });
  const signed = proof === undefined ? input : { ...input, proof };
  return send(connection, runId, { definition: injectUpdate, input: signed, id });
}

/** Pauses or resumes a run. */
export async function sendPause(
  connection: LocalConnection,
  runId: string,
  change: { readonly to: 'pause' | 'resume'; readonly reason: string | undefined },
): Promise<void> {
  const fields = { reason: change.reason };
  const input = await inOwnName(connection, { message: change.to, runId }, { fields });
  const definition = change.to === 'pause' ? pauseUpdate : resumeUpdate;
  await send(connection, runId, { definition, input, id: randomUUID() });
}

/** Takes a grant back. Returns what is left. */
export async function sendRevocation(
  connection: LocalConnection,
  runId: string,
  grantId: string,
): Promise<readonly string[]> {
  const fields = { grantId };
  const input = await inOwnName(connection, { message: 'revokeGrant', runId }, { fields });
  const { grants } = await send(connection, runId, {
    definition: revokeGrantUpdate,
    input,
    id: randomUUID(),
  });
  return grants;
}

/** Cancels a run: a row that stops what is under way at once, then Temporal's own cancel. */
export async function cancel(
  connection: LocalConnection,
  runId: string,
  reason: string,
): Promise<void> {
  const { db, temporal, tenant } = connection;
  await translated('the run', async () => {
    const run = await readRun(db, tenant, runId);
    const by = await requireRole(connection, 'cancel', run?.requested_by);
    await putCancel(db, tenant, { scope: runScope(runId), reason, by });
    await (await temporal()).workflow.getHandle(runId).cancel();
  });
}
