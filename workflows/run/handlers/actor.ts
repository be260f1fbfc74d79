import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { mayDo, rolesInWords, type Act } from '../../../domain/principals/permissions.ts';
import { unauthenticated, type Proof } from '../../../domain/principals/principal.ts';
import type { SignedMessage } from '../../../domain/principals/signed-content.ts';
import { decoded, run } from '../activities.ts';
import { smallInput } from '../payload-size.ts';
import type { RunDesk } from '../run-desk.ts';

/** Who sent a message, as far as it is proved. */
export interface Actor {
  /** A registered person, else `unauthenticated`. */
  readonly by: string;
  /** Of a registered person; else empty. */
  readonly roles: readonly string[];
  /** The name that came along without a proof. */
  readonly claimed?: string | undefined;
  /** What was signed. */
  readonly signed?: JsonObject;
}

/** A message and what signs it. */
export interface Claim {
  readonly message: SignedMessage;
  readonly proof: Proof;
  /** What is signed but for large parts. */
  readonly input: JsonObject;
  readonly arguments?: Json | undefined;
  /** The approval it is about, for the record of a refusal. */
  readonly approvalId?: string;
}

/** Whoever sent a message without a proof: a name alone is nobody's. */
export function nobody(claimed?: string): Actor {
  return {
    by: unauthenticated,
    roles: [],
    claimed: claimed === unauthenticated ? undefined : claimed,
  };
}

/**
 * Refuses somebody who is known and may not do this. Nobody in particular is not held back here: what takes a proof says
 * so itself.
 *
 * @throws {ApplicationFailure} permission_denied; the refusal is written down.
 */
export function assertMay(
  desk: RunDesk,
  act: Act,
  { actor, message }: { readonly actor: Actor; readonly message: SignedMessage },
): void {
  if (actor.signed === undefined || mayDo(act, actor.roles)) return;
  const reason = `this takes ${rolesInWords(act)}; ${actor.by} has none`;
  desk.refuse({ signal: message, by: actor.by, reason });
  throw ApplicationFailure.nonRetryable(reason, 'permission_denied');
}

/**
 * Says who signed a message; also while the run is being cancelled.
 *
 * @throws {ApplicationFailure} unauthenticated when the proof does not verify; the refusal is written down.
 */
export async function signerOf(desk: RunDesk, claim: Claim): Promise<Actor> {
  const { message, proof, input, approvalId } = claim;
  const { verifyProof } = run(`verify who sent ${message}`);
  const request = {
    run: desk.agent.ref,
    message,
    input,
    proof,
    ...(claim.arguments === undefined ? {} : { arguments: claim.arguments }),
  };
  const result = decoded(
    await CancellationScope.nonCancellable(async () => verifyProof(smallInput(request))),
  );
  if (result.type === 'proved') return result;
  const named = approvalId === undefined ? {} : { approvalId };
  desk.refuse({ signal: message, ...named, reason: result.reason });
  throw ApplicationFailure.nonRetryable(result.reason, 'unauthenticated');
}
