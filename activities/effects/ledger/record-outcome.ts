import { fnv1a64 } from '../../../domain/agent/fnv.ts';
import type { LetterDraft } from '../../../domain/dead-letters/dead-letter.ts';
import type { Note } from '../../../domain/events/note.ts';
import { securityEvent } from '../../../domain/events/security-events.ts';
import { appendEvents, type NewEvent } from '../../../storage/events/append-events.ts';
import { writeNotes } from '../../../storage/events/write-notes.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import { compactJson, type Hash } from '../../../domain/json.ts';
import { putBlob } from '../../../storage/blobs/blobs.ts';
import { putOutcome } from '../../../storage/calls/call-outcomes.ts';
import { putCalls, type StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { dropIntent, endEffect } from '../../../storage/effects/effects.ts';
import { endWithOutcome, type EndedEffect } from '../../../storage/effects/end-with-outcome.ts';
import { hashText } from '../../../storage/hashing.ts';
import type { Database, Executor } from '../../../storage/postgres/database.ts';
import { clampForModel } from '../../tools/clamp.ts';
import type { ToolResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { letterOfResult } from './letter-of-result.ts';

/** An outcome and the texts that it names, by hash: whole, and as the model sees it. */
interface Worded {
  readonly outcome: CallOutcome;
  readonly texts: ReadonlyMap<Hash, string>;
}

function wordedOutcome(call: StoredCall, result: ToolResult): Worded {
  const text = wellFormed(result.text);
  const whole = hashText(text);
  const shown = clampForModel(text, { blob: whole });
  const seen = shown === text ? whole : hashText(shown);
  const outcome: CallOutcome = {
    callId: call.callId,
    status: result.status,
    ...(result.code === undefined ? {} : { code: result.code }),
    result: seen,
    outputHash: fnv1a64(whole),
    progress: result.progress,
    ...(result.testsGreen === undefined ? {} : { testsGreen: result.testsGreen }),
  };
  return {
    outcome,
    texts: new Map([
      [whole, text],
      [seen, shown],
    ]),
  };
}

/** An outcome and the hashes of the texts that belong to it. */
export interface StoredResult {
  readonly outcome: CallOutcome;
  readonly texts: readonly Hash[];
  readonly durationMs?: number | undefined;
}

/** Turns what a tool gave back into an outcome; its text becomes a blob, whole and as the model sees it. */
export async function storeResult(
  db: Executor,
  call: StoredCall,
  result: ToolResult,
): Promise<StoredResult> {
  const { outcome, texts } = wordedOutcome(call, result);
  for (const text of texts.values()) await putBlob(db, call.tenant, text);
  return { outcome, texts: [...texts.keys()], durationMs: result.durationMs };
}

/** A lone surrogate is no text: it cannot be hashed or stored. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/**
 * Stores what a call gave back that left no trace in the ledger: its text, its outcome, and the letter when it is given
 * up.
 */
export async function recordRead(
  db: Database,
  { call, notes }: { readonly call: StoredCall; readonly notes: readonly Note[] },
  result: ToolResult,
): Promise<CallOutcome> {
  const stored = await storeResult(db, call, result);
  const letter = letterOfResult(call, result);
  for (const text of letter?.texts.values() ?? []) await putBlob(db, call.tenant, text);
  const used = secretEvents(call);
  await recordWithoutEffect(db, { call, notes, letter: letter?.draft, used }, stored);
  return stored.outcome;
}

/** One event for each secret that a call is given, by its name. */
export function secretEvents({ callId, tool, digest, facts }: StoredCall): readonly NewEvent[] {
  return (facts?.secrets ?? []).map((granted) => ({
    type: 'secret.used',
    data: { secret: granted.slice(granted.indexOf('secret://')), tool, callId, digest },
  }));
}

/** The event of a call that ended, with the letter of one that is given up. */
export function resultEvent(
  call: StoredCall,
  outcome: CallOutcome,
  letter?: LetterDraft,
): NewEvent {
  const { callId, status, code, result, testsGreen } = outcome;
  return {
    type: status === 'ok' ? 'tool.result' : 'tool.error',
    data: compactJson({
      callId,
      tool: call.tool,
      preview: call.preview,
      status,
      code,
      result,
      testsGreen,
      retries: letter?.retries,
    }),
    letter,
  };
}

/** Which row of the ledger an outcome belongs to. */
export interface OpenIntent {
  readonly callId: string;
  readonly fence: number;
  readonly effectSeq: number;
}

/**
 * Writes the outcome of an effect: the row of the ledger, the result and the events in one commit. Returns undefined
 * when another worker has taken the row over meanwhile: then that one writes.
 */
export async function recordOutcome(
  { db, recent }: Pick<EffectDependencies, 'db' | 'recent'>,
  { call, intent }: { readonly call: StoredCall; readonly intent: OpenIntent },
  result: ToolResult,
): Promise<CallOutcome | undefined> {
  const { outcome, texts } = wordedOutcome(call, result);
  const state = outcome.status === 'ok' ? 'committed' : 'failed';
  const { callId, fence, effectSeq } = intent;
  const type = state === 'committed' ? 'effect.committed' : 'effect.failed';
  const { tenant, runId, digest, tool } = call;
  const data = { callId, tool, effectSeq, digest };
  const letter = letterOfResult(call, result);
  const events: NewEvent[] = [{ type, data }, resultEvent(call, outcome, letter?.draft)];
  const all = new Map([...texts, ...(letter?.texts ?? [])]);
  const ended: EndedEffect = { tenant, runId, digest, fence, state, outcome, texts: all, events };
  if (!(await endWithOutcome(db, ended))) return undefined;
  recent.remember(ended);
  return outcome;
}

/** Stores what is known of a call whose outcome nobody can tell. Returns its hash. */
export async function putEvidence(db: Executor, call: StoredCall, why: string): Promise<string> {
  return putBlob(db, call.tenant, JSON.stringify({ why, call: call.preview }));
}

/** Marks an effect whose outcome nobody can tell, with what is known of it. Returns the hash of the evidence. */
export async function recordUnknown(
  db: Database,
  { call, intent }: { readonly call: StoredCall; readonly intent: OpenIntent },
  why: string,
): Promise<string> {
  return db.transaction().execute(async (tx) => {
    const evidence = await putEvidence(tx, call, why);
    const { callId, fence, effectSeq } = intent;
    const isMine = await endEffect(tx, { callId, fence, state: 'unknown', evidence });
    if (isMine) {
      const { tool, digest } = call;
      const data = { callId, tool, effectSeq, digest, why };
      await appendEvents(tx, {
        runId: call.runId,
        notes: [],
        events: [{ type: 'effect.unknown', data }],
      });
    }
    return evidence;
  });
}

/** Takes an intent back whose act could not begin, so that it may begin when what was missing is there. */
export async function withdrawIntent(
  db: Database,
  { call, intent }: { readonly call: StoredCall; readonly intent: OpenIntent },
  why: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { callId, fence, effectSeq } = intent;
    if (!(await dropIntent(tx, { callId, fence }))) return;
    const { tool, digest } = call;
    const data = { callId, tool, effectSeq, digest, why: `not begun: ${why}` };
    const events: NewEvent[] = [{ type: 'effect.failed', data }];
    await appendEvents(tx, { runId: call.runId, notes: [], events });
  });
}

/** Stores a call that is not what it was when it was prepared, and says so once. */
export async function recordDrift(
  db: Database,
  before: StoredCall,
  now: StoredCall,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const isNew = await putCalls(tx, [now]);
    if (!isNew) return;
    const { callId, tool, runId } = before;
    const reason = tool === 'apply_playbook' ? 'preview_drift' : 'drifted';
    const event = securityEvent('digest_mismatch', { tool, callId, reason });
    await appendEvents(tx, { runId, notes: [], events: [event] });
  });
}

/**
 * Stores the outcome of a call that left no trace in the ledger: refused, denied, or a read. `event` says more than that
 * it ended.
 */
export async function recordWithoutEffect(
  db: Database,
  {
    call,
    notes,
    letter,
    event,
    used = [],
  }: {
    readonly call: StoredCall;
    readonly notes: readonly Note[];
    readonly letter?: LetterDraft | undefined;
    readonly event?: NewEvent;
    /** Events that go before its end. */
    readonly used?: readonly NewEvent[];
  },
  stored: StoredResult,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const isNew = await putOutcome(tx, call, stored);
    const events = isNew ? [...used, event ?? resultEvent(call, stored.outcome, letter)] : [];
    await writeNotes(tx, { tenant: call.tenant, runId: call.runId, notes, events });
  });
}
