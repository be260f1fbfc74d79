import type { UndoOrder } from '../../../domain/effects/undo-schema.ts';
import { compactJson } from '../../../domain/json.ts';
import { mayDo, rolesInWords } from '../../../domain/principals/permissions.ts';
import { unauthenticated } from '../../../domain/principals/principal.ts';
import type { FoundEffect } from '../../../storage/effects/undo-effects.ts';
import { appendTenantEvent } from '../../../storage/events/tenant-events.ts';
import { readPeople } from '../../../storage/identity/people.ts';
import { verifyProof } from '../../identity/verify-proof.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { UndoRefused } from './refused.ts';

/**
 * Who orders that an effect is taken back, or says what became of that: by their signature, by a role that they have now
 * or because they started the run. Where nobody is registered yet the name is taken as it is.
 * @throws {UndoRefused} permission_denied, which is audited.
 */
export async function whoOrders(
  { db, now }: Pick<EffectDependencies, 'db' | 'now'>,
  { proof, ...input }: UndoOrder,
  { tenant, runId, agentPath, project, specialist, pins }: FoundEffect,
): Promise<string> {
  const act = input.action === 'perform' ? 'undo' : 'settle';
  if (proof === undefined && (await readPeople(db, tenant)).length === 0) return input.by;
  const signer =
    proof === undefined
      ? undefined
      : await verifyProof(
          { db, now },
          {
            run: { tenant, runId, agentPath, project, specialist },
            message: 'undoEffect',
            input: compactJson(input),
            proof,
          },
        );
  if (signer?.type === 'proved') {
    const isOwner = act === 'undo' && signer.by === pins.requestedBy;
    if (mayDo(act, signer.roles) || isOwner) return signer.by;
  }
  const takes = rolesInWords(act);
  const name = signer?.type === 'proved' ? signer.by : undefined;
  await appendTenantEvent(db, {
    tenant,
    runId,
    actor: name ?? unauthenticated,
    event: { type: 'permission.refused', data: { act, takes } },
  });
  const why = signer?.type === 'refused' ? signer.reason : 'it is not signed by anybody';
  throw new UndoRefused(
    'permission_denied',
    name === undefined ? `this takes ${takes}: ${why}` : `this takes ${takes}; ${name} has none`,
    'see who has which role: holdfast people list',
  );
}
