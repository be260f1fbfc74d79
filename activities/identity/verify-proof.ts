import type { SecurityKind } from '../../domain/events/security-events.ts';
import { unauthenticated } from '../../domain/principals/principal.ts';
import type { VerifyProofInput, VerifyProofResult } from '../../domain/run/activities.ts';
import { putOutbox } from '../../storage/audit/outbox.ts';
import { hashJson } from '../../storage/hashing.ts';
import { personOfKey } from '../../storage/identity/people.ts';
import { isProved } from '../../storage/identity/proofs.ts';
import type { Executor } from '../../storage/postgres/database.ts';
import type { EffectDependencies } from '../effects/dependencies.ts';

/**
 * How far the time of signing may lie from now for messages that name nothing of their own, in milliseconds: within it
 * a pause or resume that somebody listened to could be sent once more.
 */
const freshMs = 5 * 60_000;

/** Says who signed a message; refused when nobody registered did, or not exactly this, which is audited. */
export async function verifyProof(
  dependencies: Pick<EffectDependencies, 'db' | 'now'>,
  asked: VerifyProofInput,
): Promise<VerifyProofResult> {
  const result = await verify(dependencies, asked);
  if (result.type === 'refused') await auditRefusal(dependencies.db, asked);
  return result;
}

/** Once for each signature, however often it is sent. */
async function auditRefusal(
  db: Executor,
  { run: { tenant, runId }, message, proof }: VerifyProofInput,
): Promise<void> {
  const decision: SecurityKind = 'proof_refused';
  await putOutbox(db, {
    tenant,
    runId,
    position: hashJson({ message, proof: { ...proof } }),
    kind: 'security.event',
    actor: unauthenticated,
    subject: `${message} ${runId}`,
    digest: '',
    decision,
  });
}

async function verify(
  { db, now }: Pick<EffectDependencies, 'db' | 'now'>,
  { run, message, input, arguments: changed, proof }: VerifyProofInput,
): Promise<VerifyProofResult> {
  const isBound = message !== 'pause' && message !== 'resume';
  if (!isBound && !(Math.abs(now() - Date.parse(proof.at)) <= freshMs)) {
    return { type: 'refused', reason: 'the signature is older than five minutes; sign it again' };
  }
  const signed = changed === undefined ? input : { ...input, arguments: hashJson(changed) };
  const content = { message, runId: run.runId, input: signed };
  return signerOf(db, run.tenant, { content, proof });
}

/** The registered person who signed a content. */
export async function signerOf(
  db: Executor,
  tenant: string,
  {
    content,
    proof,
  }: {
    readonly content: Parameters<typeof isProved>[1] & {
      readonly input: VerifyProofInput['input'];
    };
    readonly proof: VerifyProofInput['proof'];
  },
): Promise<VerifyProofResult> {
  const person = await personOfKey(db, tenant, proof.keyId);
  const key = person?.keys.find(({ keyId }) => keyId === proof.keyId);
  if (person === undefined || key === undefined) {
    return { type: 'refused', reason: 'nobody is registered with the key that signed this' };
  }
  if (!isProved(key.publicKey, content, proof)) {
    return { type: 'refused', reason: 'the signature does not fit what was sent' };
  }
  return { type: 'proved', by: person.name, roles: person.roles, signed: content.input };
}
