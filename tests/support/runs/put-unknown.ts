import type { EffectOwner } from '../../../domain/effects/effect-record.ts';
import type { Database } from '../../../storage/postgres/database.ts';

/** Writes the first effect of a run as one whose end nobody saw. */
export async function putUnknown(
  db: Database,
  effect: {
    readonly runId: string;
    readonly callId: string;
    readonly digest: string;
    readonly owner: EffectOwner;
  },
): Promise<void> {
  await db
    .insertInto('effects')
    .values({
      call_id: effect.callId,
      tenant: 'default',
      run_id: effect.runId,
      agent_path: 'main',
      effect_seq: 1,
      digest: effect.digest,
      tool: 'shell',
      target: '',
      state: 'unknown',
      owner: JSON.stringify(effect.owner),
      fence: 1_000,
      lease_until: new Date(0),
      before: 'null',
    })
    .execute();
}
