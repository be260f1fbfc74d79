import { z } from 'zod';

import type { ScriptHarness, StartedScript } from './kill-run.ts';

/** What the ledger, the journal and the model's side say of a run. */
export interface Evidence {
  /** Rows of the ledger by number. */
  readonly effects: readonly { readonly seq: number; readonly state: string }[];
  /** Requests that the model got, by turn from 0. */
  readonly requests: readonly number[];
  /** Journalled calls by turn from 0: those that were answered, and those that were cut off. */
  readonly journal: readonly { readonly answered: number; readonly cutOff: number }[];
}

/** Gathers what is known of a run from all sides. */
export async function gatherEvidence(
  { db, rehearsal }: ScriptHarness,
  { runId, nonce }: StartedScript,
): Promise<Evidence> {
  const effects = await db
    .selectFrom('effects')
    .select(['effect_seq', 'state'])
    .where('run_id', '=', runId)
    .orderBy('effect_seq')
    .execute();
  const usage = await db
    .selectFrom('usage')
    .select(['turn_id', 'state'])
    .where('run_id', '=', runId)
    .execute();
  const requests: number[] = [];
  for (const { body } of rehearsal.requests) {
    const messages = messagesOf(body);
    if (!messages.some(({ text }) => text.includes(nonce))) continue;
    const position = messages.filter(({ role }) => role === 'assistant').length;
    requests[position] = (requests[position] ?? 0) + 1;
  }
  const journal: { answered: number; cutOff: number }[] = [];
  for (const { turn_id: turnId, state } of usage) {
    const position = Number(turnId.slice(turnId.lastIndexOf('/t') + 2)) - 1;
    const turn = (journal[position] ??= { answered: 0, cutOff: 0 });
    if (state === 'answered') turn.answered += 1;
    else turn.cutOff += 1;
  }
  return {
    effects: effects.map((row) => ({ seq: row.effect_seq, state: row.state })),
    requests,
    journal,
  };
}

const chatSchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })),
});

function messagesOf(body: unknown): readonly { readonly role: string; readonly text: string }[] {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return [];
  return parsed.data.messages.map(({ role, content }) => ({
    role,
    text: JSON.stringify(content ?? ''),
  }));
}
