import type { Note } from '../../domain/events/note.ts';
import {
  recordDecisions,
  setApprovalState,
  type RecordedDecision,
} from '../approvals/approvals.ts';
import { appendEvents, type NewEvent } from './append-events.ts';
import type { Executor } from '../postgres/database.ts';

/** What one transaction says about a run. */
export interface Said {
  readonly tenant: string;
  readonly runId: string;
  readonly notes: readonly Note[];
  readonly events: readonly NewEvent[];
}

/**
 * Writes what happened in the workflow and in this activity to the event log, and brings the inbox up to date with
 * the decisions among it. Call it once in each transaction.
 */
export async function writeNotes(
  db: Executor,
  { tenant, runId, notes, events }: Said,
): Promise<void> {
  await appendEvents(db, { runId, notes, events });
  await projectNotes(db, { tenant, runId, notes });
}

/** True when notes change the inbox, which needs statements besides the one that writes events. */
export function hasDecisions(notes: readonly Note[]): boolean {
  return notes.some(({ data }) => typeof data['approvalId'] === 'string');
}

/** Brings the inbox up to date with the decisions among notes. Call it in the transaction that writes them. */
export async function projectNotes(
  db: Executor,
  { tenant, runId, notes }: Omit<Said, 'events'>,
): Promise<void> {
  for (const { type, data } of notes) {
    const approvalId = data['approvalId'];
    if (typeof approvalId !== 'string') continue;
    if (type === 'approval.decided') {
      const decision = decisionOf(data, approvalId);
      await recordDecisions(db, { tenant, runId }, [decision]);
      const state = decision.decision === 'approve' ? 'approved' : 'rejected';
      await setApprovalState(db, approvalId, state);
    } else if (type === 'approval.counted') {
      await recordDecisions(db, { tenant, runId }, [decisionOf(data, approvalId)]);
    } else if (type === 'approval.expired' || type === 'approval.superseded') {
      await setApprovalState(
        db,
        approvalId,
        type === 'approval.expired' ? 'expired' : 'superseded',
      );
    }
  }
}

function decisionOf(data: Note['data'], approvalId: string): RecordedDecision {
  const word = (key: string): string => {
    const value = data[key];
    return typeof value === 'string' ? value : '';
  };
  const optional = (key: string): string | undefined => {
    const value = data[key];
    return typeof value === 'string' ? value : undefined;
  };
  const atMs = data['atMs'];
  return {
    decisionId: word('decisionId'),
    approvalId,
    digest: word('digest'),
    decision: data['decision'] === 'approve' ? 'approve' : 'reject',
    reason: optional('reason'),
    claimed: optional('claimed'),
    keyId: optional('keyId'),
    by: word('by'),
    via: word('via'),
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}
