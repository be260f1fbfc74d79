import type { BreakLockInput, BreakLockResult } from '../../domain/locks/activities.ts';
import { compactJson } from '../../domain/json.ts';
import { mayDo, rolesInWords } from '../../domain/principals/permissions.ts';
import { unauthenticated } from '../../domain/principals/principal.ts';
import { appendTenantEvent } from '../../storage/events/tenant-events.ts';
import { readPeople } from '../../storage/identity/people.ts';
import { breakHolds } from '../../storage/locks/break-lock.ts';
import { holdsOf, lockIdOf, type LockKey } from '../../storage/locks/locks.ts';
import { verifyProof } from '../identity/verify-proof.ts';
import type { LockDependencies } from './lock-dependencies.ts';

/** Takes a lock from holders in the name of a person who may do so. */
export async function orderBreak(
  dependencies: Pick<LockDependencies, 'db' | 'now'>,
  lock: LockKey,
  order: BreakLockInput,
): Promise<BreakLockResult> {
  const { db } = dependencies;
  const who = await whoBreaks(dependencies, lock, order);
  if ('type' in who) return who;
  const { fences, reason, decisionId } = order;
  const fence = await breakHolds(db, lock, { fences, reason, decisionId, by: who.by });
  if (fence !== undefined) return { type: 'broken', fence, holds: await holdsOf(db, lock) };
  const message = `nobody holds ${lock.name} by these grants any more`;
  return { type: 'refused', code: 'conflict', message, suggestion: 'see: holdfast locks list' };
}

/** Who orders it: by their signature and a role that they have now. Where nobody is registered yet the name is taken as it is. */
async function whoBreaks(
  { db, now }: Pick<LockDependencies, 'db' | 'now'>,
  lock: LockKey,
  { proof, ...input }: BreakLockInput,
): Promise<{ readonly by: string } | Extract<BreakLockResult, { type: 'refused' }>> {
  const { tenant } = lock;
  if (proof === undefined && (await readPeople(db, tenant)).length === 0) return { by: input.by };
  const run = {
    tenant,
    runId: lockIdOf(lock),
    agentPath: '',
    project: '',
    specialist: '',
  };
  const signed = compactJson({ ...input, fences: [...input.fences] });
  const signer =
    proof === undefined
      ? undefined
      : await verifyProof({ db, now }, { run, message: 'breakLock', input: signed, proof });
  const name = signer?.type === 'proved' ? signer.by : undefined;
  if (signer?.type === 'proved' && mayDo('break', signer.roles)) return { by: signer.by };
  const takes = rolesInWords('break');
  await appendTenantEvent(db, {
    tenant,
    actor: name ?? unauthenticated,
    event: { type: 'permission.refused', data: { act: 'break', takes } },
  });
  const why = signer?.type === 'refused' ? signer.reason : 'it is not signed by anybody';
  return {
    type: 'refused',
    code: 'permission_denied',
    message:
      name === undefined ? `this takes ${takes}: ${why}` : `this takes ${takes}; ${name} has none`,
    suggestion: 'see who has which role: holdfast people list',
  };
}
