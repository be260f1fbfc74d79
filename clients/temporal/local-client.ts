import { HoldfastError } from '../../domain/failures.ts';
import { modelEntrySchema } from '../../domain/models/model-entry-schema.ts';
import {
  currentDefinitions,
  readConversation,
  readEffect,
  readEffects,
  readInbox,
  readPatch,
  readPeople,
  readRun,
  readRuns,
  readText,
  type RunRow,
} from '../../storage/readers.ts';
import { putDefinition } from '../../storage/administration.ts';
import { stateQuery } from '../../workflows/run/messages.ts';
import type {
  EffectDetail,
  HoldfastClient,
  InboxItem,
  RunDetail,
  TranscriptEntry,
} from '../holdfast-client.ts';
import { approvalDetail } from './approval-detail.ts';
import { registerPerson, unregisterPerson } from './people.ts';
import { findApproval, findEffect, findRun } from './find-id.ts';
import {
  connectLocally,
  type LocalClientOptions,
  type LocalConnection,
} from './local-connection.ts';
import { patchFiles } from './patch-files.ts';
import { refusalOf, waitForRun } from './run-result.ts';
import {
  documentsOf,
  effectOf,
  inboxItemOf,
  objectOf,
  pausedItemOf,
  summaryOf,
} from './run-views.ts';
import {
  cancel,
  sendDecision,
  sendMessage,
  sendPause,
  sendRevocation,
  sendSettlement,
} from './send-messages.ts';
import { registeredPerson } from './sign-messages.ts';
import { localSpending } from './spending.ts';
import { startRun } from './start-run.ts';
import { translated } from './translate-error.ts';
import { watchRun } from './watch-run.ts';

/** Runs listed when nobody says how many. */
const defaultLimit = 20;

/** Opens a client of a local installation. @throws {HoldfastError} unavailable */
export async function openLocalClient(options: LocalClientOptions): Promise<HoldfastClient> {
  const connection = await connectLocally(options);
  const { db, tenant } = connection;
  const run = async (typed: string): Promise<string> =>
    translated('the run', async () => findRun(connection, typed));
  const ofApproval = async (typed: string) => {
    const detail = await translated('the approval', async () =>
      approvalDetail(connection, await findApproval(connection, typed)),
    );
    return detail;
  };
  return {
    startRun: async (start) => startRun(connection, start),
    listRuns: async ({ limit = defaultLimit, status, resumable }) => {
      const rows = await translated('the runs', async () =>
        readRuns(db, tenant, { limit, status, resumable }),
      );
      return rows.map((row) => summaryOf(row));
    },
    getRun: async (typed) => getRun(connection, await run(typed)),
    watchRun: (typed, watch) =>
      (async function* () {
        yield* watchRun(connection, await run(typed), watch);
      })(),
    waitForRun: async (typed) => waitForRun(connection, await run(typed)),
    cancelRun: async (typed, reason) => cancel(connection, await run(typed), reason),
    pauseRun: async (typed, reason) =>
      sendPause(connection, await run(typed), { to: 'pause', reason }),
    resumeRun: async (typed, reason) =>
      sendPause(connection, await run(typed), { to: 'resume', reason }),
    messageRun: async (typed, text) => sendMessage(connection, await run(typed), text),
    diffRun: async (typed) => {
      const row = await existing(connection, await run(typed));
      if (row.ended_at === null) {
        throw new HoldfastError(
          'conflict',
          'the run is still working; its diff is made when it ends',
          {
            suggestion: 'watch it with: holdfast runs watch',
          },
        );
      }
      const patch = await readPatch(db, tenant, row.patch);
      return { patch, files: patchFiles(patch.toString('utf8')) };
    },
    transcript: async (typed) => transcript(connection, await run(typed)),
    inbox: async () => translated('the inbox', async () => inbox(connection)),
    getApproval: ofApproval,
    decide: async (decision) => {
      const { approvalId, runId } = await ofApproval(decision.approval);
      return sendDecision(connection, { approvalId, runId }, decision);
    },
    revokeGrant: async (typed, grantId) => sendRevocation(connection, await run(typed), grantId),
    listPeople: async () => translated('the people', async () => readPeople(db, tenant)),
    putPerson: async (person) =>
      translated('the people', async () => registerPerson(connection, person)),
    removePerson: async (name) =>
      translated('the people', async () => unregisterPerson(connection, name)),
    whoAmI: async () => translated('the people', async () => registeredPerson(connection)),
    listEffects: async ({ run: typed, state, limit = defaultLimit }) => {
      const runId = typed === undefined ? undefined : await run(typed);
      const rows = await translated('the effects', async () =>
        readEffects(db, tenant, { runId, state, limit }),
      );
      return rows.map((row) => effectOf(row));
    },
    getEffect: async (typed) => translated('the effect', async () => getEffect(connection, typed)),
    settleEffect: async (input) => {
      const { callId, runId } = await getEffect(connection, input.effect);
      return sendSettlement(connection, { callId, runId }, input);
    },
    listDefinitions: async (kind) => {
      const definitions = await currentDefinitions(db, tenant, kind);
      return definitions.map(({ name, version, origin, body }) => ({
        name,
        version,
        origin,
        body: objectOf(body),
      }));
    },
    ...localSpending(connection),
    putModel: async (model, { isDefault }) => putModel(connection, model, isDefault),
    temporalUrl: (typed) => temporalUrl(connection, typed),
    close: connection.close,
  };
}

async function existing({ db, tenant }: LocalConnection, runId: string): Promise<RunRow> {
  const row = await translated('the run', async () => readRun(db, tenant, runId));
  if (row !== undefined) return row;
  throw new HoldfastError('not_found', `there is no run ${runId}`, {
    suggestion: 'see: holdfast runs list',
  });
}

async function getRun(connection: LocalConnection, runId: string): Promise<RunDetail> {
  const { db, tenant } = connection;
  const found = await translated('the run', async () => readRun(db, tenant, runId));
  if (found === undefined) throw (await refusalOf(connection, runId)) ?? notBegun(runId);
  const { request, pins, result } = documentsOf(found);
  const [approvals, effects] = await Promise.all([
    readInbox(db, tenant, runId),
    readEffects(db, tenant, { runId, limit: 1_000 }),
  ]);
  const { maxTurns, timeoutSeconds, maxCostMicroUsd } = pins.limits;
  return {
    ...summaryOf(found),
    request,
    limits: { maxTurns, timeoutSeconds, maxCostMicroUsd },
    result,
    approvals: approvals.map((row) => inboxItemOf(row)),
    grants: found.ended_at === null ? await grantsOf(connection, runId) : [],
    effects: effects.map((row) => effectOf(row)).toReversed(),
  };
}

function notBegun(runId: string): HoldfastError {
  return new HoldfastError('unavailable', `${runId} has not begun yet: no worker has taken it up`, {
    suggestion: 'see what runs with: holdfast status',
  });
}

/** Grants stand in the workflow only; a worker has to answer. */
async function grantsOf(
  { temporal }: LocalConnection,
  runId: string,
): Promise<RunDetail['grants']> {
  try {
    const state = await temporal.withDeadline(Date.now() + 2_000, async () =>
      temporal.workflow.getHandle(runId).query(stateQuery),
    );
    return state.grants;
  } catch {
    return [];
  }
}

async function transcript(
  connection: LocalConnection,
  runId: string,
): Promise<readonly TranscriptEntry[]> {
  const { head } = await existing(connection, runId);
  const messages = await readConversation(connection.db, connection.tenant, head);
  if (messages === undefined)
    throw new HoldfastError('internal', 'a block of the conversation is gone');
  return messages.map((message): TranscriptEntry => {
    switch (message.role) {
      case 'system':
      case 'user':
        return { role: message.role, text: message.content };
      case 'tool': {
        const { callId, content } = message;
        return { role: 'tool', text: content, ...(callId === undefined ? {} : { callId }) };
      }
      case 'assistant': {
        const toolCalls = message.toolCalls.map(({ name, arguments: args }) => ({
          name,
          arguments: args,
        }));
        return { role: 'assistant', text: message.text ?? '', toolCalls };
      }
    }
  });
}

async function inbox({ db, tenant }: LocalConnection): Promise<readonly InboxItem[]> {
  const [open, paused] = await Promise.all([
    readInbox(db, tenant),
    readRuns(db, tenant, { limit: 1_000, status: 'paused' }),
  ]);
  return [
    ...open.map((row) => inboxItemOf(row)),
    ...paused.flatMap((row) => pausedItemOf(row) ?? []),
  ];
}

async function getEffect(connection: LocalConnection, typed: string): Promise<EffectDetail> {
  const { db, tenant } = connection;
  const callId = await findEffect(connection, typed);
  const row = await readEffect(db, tenant, callId);
  if (row === undefined) throw new HoldfastError('not_found', `there is no effect ${callId}`);
  return {
    ...effectOf(row),
    digest: row.digest,
    owner: objectOf(row.owner),
    before: row.before,
    result: await readText(db, tenant, row.result),
    evidence: await readText(db, tenant, row.evidence),
    settledBy: row.settled_by,
    settledReason: row.settled_reason,
  };
}

async function putModel(
  { db, tenant }: LocalConnection,
  model: Parameters<HoldfastClient['putModel']>[0],
  isDefault: boolean,
): Promise<void> {
  const parsed = modelEntrySchema.safeParse(model);
  if (!parsed.success) {
    const fieldErrors = parsed.error.issues.map((issue) => ({
      field: issue.path.map(String).join('.'),
      constraint: issue.message,
    }));
    throw new HoldfastError('invalid_argument', 'the model entry does not fit', { fieldErrors });
  }
  const { key: name } = parsed.data;
  const body = objectOf(JSON.parse(JSON.stringify(parsed.data)));
  await putDefinition(db, tenant, { kind: 'model', name, body, origin: 'command' });
  if (!isDefault) return;
  const chain = { primary: name, triggers: [] };
  await putDefinition(db, tenant, {
    kind: 'chain',
    name: 'default',
    body: chain,
    origin: 'command',
  });
}

function temporalUrl(
  { temporalUi, namespace }: LocalConnection,
  typed: string,
): string | undefined {
  if (temporalUi === undefined) return undefined;
  return `${temporalUi}/namespaces/${namespace}/workflows/${encodeURIComponent(typed)}`;
}
