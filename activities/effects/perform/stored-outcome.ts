import { ApplicationFailure } from '@temporalio/common';

import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { FailureType } from '../../../domain/failures.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import { hasBlob } from '../../../storage/blobs/blobs.ts';
import { dropOutcome, getOutcome } from '../../../storage/calls/call-outcomes.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { Executor } from '../../../storage/postgres/database.ts';

/**
 * The outcome of a call that left no trace in the ledger, when it has one and its text is there. One whose text is
 * gone is forgotten: such a call is a read, or was refused, and may be performed again.
 */
export async function knownOutcome(
  db: Executor,
  call: StoredCall,
): Promise<CallOutcome | undefined> {
  const stored = await getOutcome(db, call.callId);
  if (stored?.digest !== call.digest) return undefined;
  if (await hasText(db, call, stored.outcome)) return stored.outcome;
  await dropOutcome(db, call.callId);
  return undefined;
}

/**
 * The outcome of an effect that the ledger has settled.
 *
 * @throws {ApplicationFailure} Effect.Conflict when there is none; Blob.Missing when its text is gone, because an
 * effect cannot be performed again to get it.
 */
export async function settledOutcome(
  db: Executor,
  call: StoredCall,
  record: EffectRecord,
): Promise<CallOutcome> {
  const stored = await getOutcome(db, call.callId);
  if (stored === undefined) {
    throw ApplicationFailure.nonRetryable(
      `the ledger says ${record.state}, but the outcome of ${call.callId} is gone`,
      FailureType.effectConflict,
    );
  }
  if (await hasText(db, call, stored.outcome)) return stored.outcome;
  throw ApplicationFailure.nonRetryable(
    `the result ${stored.outcome.result ?? ''} of ${call.callId} is gone from the database`,
    FailureType.blobMissing,
  );
}

async function hasText(db: Executor, call: StoredCall, { result }: CallOutcome): Promise<boolean> {
  return result === undefined || hasBlob(db, call.tenant, result);
}
