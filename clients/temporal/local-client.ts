import { undoIdOf } from '../../domain/effects/undo.ts';
import { HoldfastError } from '../../domain/failures.ts';
import {
  currentDefinitions,
  readChanges,
  readEffect,
  type RecordedChange,
  readEffects,
  readInbox,
  readNewestCall,
  readPatch,
  readPeople,
  readRun,
  readRuns,
  readText,
  readUndelivered,
  readWaits,
  type RunRow,
} from '../../storage/readers.ts';
import type { CallDetail, EffectDetail, PlaybookChange } from '../effects-client.ts';
import type { HoldfastClient } from '../holdfast-client.ts';
import type { InboxItem } from '../inbox-client.ts';
import type { LockView } from '../locks-client.ts';
import type { RunDetail } from '../runs-client.ts';
import { notEnded } from './runs/not-ended.ts';
import { approvalDetail } from './runs/approval-detail.ts';
import { assertNotStopped } from './runs/assert-not-stopped.ts';
import { auditClient } from './audit.ts';
import { locksClient, lockViewOf } from './locks.ts';
import { dataClient } from './data.ts';
import { hostsClient } from './hosts.ts';
import { deadLetterClient } from './dead-letters.ts';
import { findApproval, findEffect, findRun } from './runs/find-id.ts';
import {
  connectLocally,
  type LocalClientOptions,
  type LocalConnection,
} from './local-connection.ts';
import { patchFiles } from './runs/patch-files.ts';
import { localPlaybooks } from './playbooks.ts';
import { refusalOf, waitForRun } from './runs/run-result.ts';
import {
  documentsOf,
  effectOf,
  inboxItemOf,
  objectOf,
  pausedItemOf,
  summaryOf,
  undeliveredOf,
} from './runs/run-views.ts';
import { registeredPerson } from './runs/sign-messages.ts';
import { localSpending } from './spending.ts';
import { localTrust } from './tool-trust.ts';
import { localTimeTravel } from './time-travel.ts';
import { transcript } from './runs/transcript.ts';
import { translated } from './translate-error.ts';
import { watchRun } from './runs/watch-run.ts';

/** Runs listed when nobody says how many. */
const defaultLimit = 20;

/** What starts and steers runs brings the Temporal SDK along, so it is loaded by the first call that needs it. */
const sending = () => import('./runs/send-messages.ts');
const undoing = () => import('./undo.ts');

/** Opens a client of a local installation; what is away is told by the first call that needs it. */
export async function openLocalClient(options: LocalClientOptions): Promise<HoldfastClient> {
  const connection = connectLocally(options);
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
    startRun: async (start) => {
      const { startRun } = await import('./runs/start-run.ts');
      return startRun(connection, start);
    },
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
    cancelRun: async (typed, reason) =>
      (await sending()).cancel(connection, await run(typed), reason),
    pauseRun: async (typed, reason) =>
      (await sending()).sendPause(connection, await run(typed), { to: 'pause', reason }),
    resumeRun: async (typed, reason) =>
      (await sending()).sendPause(connection, await run(typed), { to: 'resume', reason }),
    messageRun: async (typed, text) =>
      (await sending()).sendMessage(connection, await run(typed), text),
    diffRun: async (typed) => {
      const row = await existing(connection, await run(typed));
      if (row.ended_at === null) throw notEnded(summaryOf(row));
      const patch = await readPatch(db, tenant, row.patch);
      return { patch, files: patchFiles(patch.toString('utf8')) };
    },
    transcript: async (typed) =>
      transcript(connection, await existing(connection, await run(typed))),
    inbox: async () => translated('the inbox', async () => inbox(connection)),
    getApproval: ofApproval,
    decide: async (decision) => {
      const { approvalId, runId, tool } = await ofApproval(decision.approval);
      await assertNotStopped(connection, runId, tool);
      if (decision.remember !== undefined) {
        const { assertCovering } = await import('./runs/assert-covering.ts');
        await assertCovering(connection, approvalId, decision.remember);
      }
      return (await sending()).sendDecision(connection, { approvalId, runId }, decision);
    },
    revokeGrant: async (typed, grantId) =>
      (await sending()).sendRevocation(connection, await run(typed), grantId),
    undelivered: async () => {
      const rows = await translated('the notifications', async () => readUndelivered(db, tenant));
      return rows.map((row) => undeliveredOf(row));
    },
    redeliver: async () => {
      const { redeliver } = await import('../../storage/administration.ts');
      return translated('the notifications', async () => redeliver(db, tenant));
    },
    listPeople: async () => translated('the people', async () => readPeople(db, tenant)),
    putPerson: async (person) => {
      const { registerPerson } = await import('./people.ts');
      return translated('the people', async () => registerPerson(connection, person));
    },
    removePerson: async (name) => {
      const { unregisterPerson } = await import('./people.ts');
      await translated('the people', async () => unregisterPerson(connection, name));
    },
    whoAmI: async () => translated('the people', async () => registeredPerson(connection)),
    getCall: async (callId) => translated('the call', async () => getCall(connection, callId)),
    listEffects: async ({ run: typed, state, limit = defaultLimit }) => {
      const runId = typed === undefined ? undefined : await run(typed);
      const rows = await translated('the effects', async () =>
        readEffects(db, tenant, { runId, state, limit }),
      );
      return rows.map((row) => effectOf(row));
    },
    getEffect: async (typed) => translated('the effect', async () => getEffect(connection, typed)),
    previewUndo: async (typed) => {
      const { callId } = await getEffect(connection, typed);
      return (await undoing()).previewUndo(connection, callId);
    },
    undoEffect: async (undo) => {
      const { runId } = await getEffect(connection, undo.callId);
      return (await undoing()).performUndo(connection, runId, undo);
    },
    settleEffect: async (input) => {
      const { callId, runId, undoes } = await getEffect(connection, input.effect);
      if (undoes !== null) {
        return (await undoing()).settleUndo(connection, { callId: undoes, runId }, input);
      }
      return (await sending()).sendSettlement(connection, { callId, runId }, input);
    },
    listDefinitions: async (kind) => {
      const definitions = await translated('the definitions', async () =>
        currentDefinitions(db, tenant, kind),
      );
      return definitions.map(({ name, version, origin, body }) => ({
        name,
        version,
        origin,
        body: objectOf(body),
      }));
    },
    ...localSpending(connection),
    ...localTrust(connection),
    putModel: async (model, { isDefault }) => {
      const { putModel } = await import('./models.ts');
      await translated('the model', async () => putModel(connection, model, isDefault));
    },
    removeModel: async (name) => {
      const { removeModel } = await import('./models.ts');
      await translated('the model', async () => removeModel(connection, name));
    },
    modelEndpoints: async () => {
      const { endpointStates } = await import('./models.ts');
      return endpointStates(connection);
    },
    audit: auditClient(connection),
    deadLetters: deadLetterClient(connection),
    locks: locksClient(connection),
    timeTravel: localTimeTravel(connection, run),
    data: dataClient(connection),
    playbooks: localPlaybooks(connection),
    hosts: hostsClient(connection),
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
  const [approvals, effects, waits] = await Promise.all([
    readInbox(db, tenant, runId),
    readEffects(db, tenant, { runId, limit: 1_000 }),
    readWaits(db, tenant, runId),
  ]);
  const { maxTurns, timeoutSeconds, maxCostMicroUsd } = pins.limits;
  return {
    ...summaryOf(found),
    request,
    limits: { maxTurns, timeoutSeconds, maxCostMicroUsd },
    result,
    approvals: approvals.map((row) => inboxItemOf(row)),
    grants: found.ended_at === null ? await openGrants(connection, runId) : [],
    effects: effects.map((row) => effectOf(row)).toReversed(),
    waitsForLocks: waits.map((row) => waitOf(lockViewOf(row), runId)),
  };
}

function waitOf(
  { name, holders, queue }: LockView,
  runId: string,
): RunDetail['waitsForLocks'][number] {
  const place = queue.find((each) => each.runId === runId)?.place ?? 1;
  return { name, place, heldBy: holders.map(({ runKey }) => runKey) };
}

async function openGrants(
  connection: LocalConnection,
  runId: string,
): Promise<RunDetail['grants']> {
  const { grantsOf } = await import('./runs/run-grants.ts');
  return grantsOf(connection, runId);
}

function notBegun(runId: string): HoldfastError {
  return new HoldfastError('unavailable', `${runId} has not begun yet: no worker has taken it up`, {
    suggestion: 'see what runs with: holdfast status',
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

async function getCall({ db, tenant }: LocalConnection, callId: string): Promise<CallDetail> {
  const call = await readNewestCall(db, callId);
  if (call === undefined || call.tenant !== tenant)
    throw new HoldfastError('not_found', `there is no call ${callId}`);
  const { tool, preview, detail } = call;
  return { callId, tool, preview, detail };
}

async function getEffect(connection: LocalConnection, typed: string): Promise<EffectDetail> {
  const { db, tenant } = connection;
  const callId = await findEffect(connection, typed);
  const row = await readEffect(db, tenant, callId);
  if (row === undefined) throw new HoldfastError('not_found', `there is no effect ${callId}`);
  const undo = await readEffect(db, tenant, undoIdOf(callId));
  return {
    ...effectOf(row),
    digest: row.digest,
    owner: objectOf(row.owner),
    before: row.before,
    result: await readText(db, tenant, row.result),
    evidence: await readText(db, tenant, row.evidence),
    changes: (await readChanges(db, tenant, { callId })).map(changeOf),
    settledBy: row.settled_by,
    settledReason: row.settled_reason,
    undoes: row.undoes,
    undo: undo === undefined ? null : effectOf(undo).state,
  };
}

function changeOf({ host, play, task, status, diffHash }: RecordedChange): PlaybookChange {
  return { host, play, task, status, diffHash };
}

function temporalUrl(
  { temporalUi, namespace }: LocalConnection,
  typed: string,
): string | undefined {
  if (temporalUi === undefined) return undefined;
  return `${temporalUi}/namespaces/${namespace}/workflows/${encodeURIComponent(typed)}`;
}
