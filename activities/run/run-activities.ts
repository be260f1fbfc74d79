import type { Approval } from '../../domain/approval/approval.ts';
import { termsInWords } from '../../domain/approval/terms.ts';
import { compactJson, type JsonObject } from '../../domain/json.ts';
import type {
  AnnounceApprovalInput,
  AnnouncePauseInput,
  ApprovalAnnounced,
  Occasion,
  RunActivities,
} from '../../domain/run/activities.ts';
import {
  isApprovalOpen,
  putApproval,
  reopenApproval,
  tellAgain,
} from '../../storage/approvals/approvals.ts';
import type { NewEvent } from '../../storage/events/append-events.ts';
import { writeNotes } from '../../storage/events/write-notes.ts';
import type { Executor } from '../../storage/postgres/database.ts';
import { setRunStatus } from '../../storage/runs/runs.ts';
import { acknowledgeLoss } from '../../storage/workspaces/move-workspace.ts';
import { attempt } from '../effects/ledger/attempt.ts';
import type { StopWatcher } from '../effects/perform/stop-watcher.ts';
import { closeRun } from './close-run.ts';
import { notifyOfApproval, notifyOfPause } from '../notify/announce.ts';
import { verifyProof } from '../identity/verify-proof.ts';
import { openRun } from './open-run.ts';
import type { RunDependencies } from './run-dependencies.ts';

/** Makes the activities that open, announce and close runs. A stop row does not end them: they are how a run ends. */
export function createRunActivities(
  dependencies: RunDependencies,
  stops: StopWatcher,
): RunActivities {
  const ends = 'not-when-lost' as const;
  const run = undefined;
  return {
    openRun: async (input) =>
      attempt(async () => openRun(dependencies, input), { stops, run, ends }),
    announceApproval: async (input) =>
      attempt(async () => announceApproval(dependencies, input), { stops, run, ends }),
    announcePause: async (input) =>
      attempt(async () => announcePause(dependencies, input), { stops, run, ends }),
    closeRun: async (input) =>
      attempt(async (signal) => closeRun(dependencies, input, signal), { stops, run, ends }),
    verifyProof: async (input) =>
      attempt(async () => verifyProof(dependencies.effects, input), { stops, run, ends }),
  };
}

async function announceApproval(
  { effects, destinations }: RunDependencies,
  { run, approval, notes, occasion, isAnew }: AnnounceApprovalInput,
): Promise<ApprovalAnnounced> {
  const { tenant, runId } = run;
  const isOpen = await effects.db.transaction().execute(async (tx) => {
    const isNew =
      (await putApproval(tx, { tenant, runId }, approval)) ||
      (isAnew === true && (await reopenApproval(tx, approval.approvalId)));
    await setRunStatus(tx, { runId, ...waitOf(approval.kind), message: approval.subject });
    const opened = isNew ? [{ type: 'approval.opened' as const, data: openedData(approval) }] : [];
    const again = occasion === undefined ? [] : await toldAgain(tx, approval, occasion);
    if (opened.length + again.length > 0) {
      await notifyOfApproval({ tx, destinations, run }, approval, occasion);
    }
    await writeNotes(tx, { tenant, runId, notes, events: [...opened, ...again] });
    return isNew || (await isApprovalOpen(tx, approval.approvalId));
  });
  effects.workspaces.bundleSoon(runId);
  await effects.pauseAt('approval-announced', approval.approvalId);
  return isOpen ? {} : { isClosed: true };
}

function openedData(approval: Approval): JsonObject {
  const { approvalId, kind, callId, subject, digest, risk, rule, terms } = approval;
  const required = terms === undefined ? undefined : termsInWords(terms);
  return compactJson({ approvalId, kind, subject, digest, risk, rule, callId, required });
}

/** The event of a reminder or an escalation; none when another attempt wrote it. */
async function toldAgain(
  tx: Executor,
  approval: Approval,
  occasion: Occasion,
): Promise<readonly NewEvent[]> {
  const { approvalId, isReminded = false, escalatedTo = [] } = approval;
  const isNew = await tellAgain(tx, approval, escalatedTo.length + (isReminded ? 1 : 0));
  if (!isNew) return [];
  if (occasion.type === 'reminder') return [{ type: 'approval.reminded', data: { approvalId } }];
  const { step, to } = occasion;
  return [{ type: 'approval.escalated', data: { approvalId, step, to } }];
}

function waitOf(kind: AnnounceApprovalInput['approval']['kind']) {
  switch (kind) {
    case 'question':
      return { status: 'paused', pause: 'question' } as const;
    case 'budget':
      return { status: 'paused', pause: 'budget' } as const;
    case 'effect_unknown':
      return { status: 'paused', pause: 'effect_unknown' } as const;
    case 'tool_call':
    case 'definition':
      return { status: 'awaiting_approval', pause: null } as const;
  }
}

async function announcePause(
  { effects, destinations }: RunDependencies,
  { run, status, pause, message, notes }: AnnouncePauseInput,
): Promise<Record<string, never>> {
  const { tenant, runId } = run;
  await effects.db.transaction().execute(async (tx) => {
    const wait = { runId, status, pause: pause ?? null, message: message ?? null };
    const isNew = await setRunStatus(tx, wait);
    const data = { status, ...(pause === undefined ? {} : { pause }) };
    // Another attempt of the same announcement says nothing twice.
    const events = isNew ? [{ type: 'run.status' as const, data }] : [];
    if (isNew) await notifyOfPause({ tx, destinations, run }, pause);
    await writeNotes(tx, { tenant, runId, notes, events });
    // The message of the pause says what is missing, and the workflow tells the model.
    if (pause === 'workspace_lost') await acknowledgeLoss(tx, runId);
  });
  if (pause !== undefined) effects.workspaces.bundleSoon(runId);
  return {};
}
