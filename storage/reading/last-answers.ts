import { sql } from 'kysely';

import type { CallOutcome } from '../../domain/tools/call-outcome.ts';
import { getTexts } from '../blobs/blobs.ts';
import type { Database } from '../postgres/database.ts';

/** What a call of the newest turn gave. */
export interface LastAnswer {
  readonly callId: string;
  /** Which call of the turn, from 0. */
  readonly index: number;
  /** `ok`, or the code of the error. */
  readonly code: string;
  readonly text: string;
}

/**
 * Answers of the calls of one turn, in the order of the calls: those that are stored, and those that were impossible as
 * asked. The conversation takes them up with the next turn, which a run that ends or waits has not begun.
 */
export async function readLastAnswers(
  db: Database,
  {
    tenant,
    runId,
    turn,
  }: { readonly tenant: string; readonly runId: string; readonly turn: number },
): Promise<readonly LastAnswer[]> {
  const prefix = `${runId}/main/t${turn}/c`;
  const { rows } = await sql<{ readonly outcome: CallOutcome }>`
    select outcome from call_outcomes
    where run_id = ${runId} and starts_with(call_id, ${prefix})`.execute(db);
  const { rows: impossible } = await sql<{
    readonly call_id: string;
    readonly code: string;
    readonly message: string;
  }>`
    select data->>'callId' as call_id, data->>'code' as code, data->>'message' as message from events
    where run_id = ${runId} and type = 'tool.error' and starts_with(data->>'callId', ${prefix})
      and data->>'message' is not null`.execute(db);
  const hashes = rows.flatMap(({ outcome }) => outcome.result ?? []);
  const texts = await getTexts(db, tenant, hashes);
  const answers = new Map<string, Omit<LastAnswer, 'index'>>();
  for (const { call_id: callId, code, message } of impossible) {
    answers.set(callId, { callId, code, text: message });
  }
  for (const { outcome } of rows) {
    const { callId, status } = outcome;
    const text = outcome.text ?? texts.get(outcome.result ?? '') ?? '';
    answers.set(callId, { callId, code: status === 'ok' ? 'ok' : (outcome.code ?? status), text });
  }
  return [...answers.values()]
    .map((answer) => ({ ...answer, index: Number(answer.callId.slice(prefix.length)) }))
    .toSorted((one, other) => one.index - other.index);
}
