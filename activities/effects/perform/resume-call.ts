import type { PerformCallResult } from '../../../domain/agent/activities.ts';
import type { EffectRecord } from '../../../domain/effects/effect-record.ts';
import { ledgerVerdict } from '../../../domain/effects/ledger-verdict.ts';
import type { FenceToken } from '../../../domain/locks/lock-name.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { endWithOutcome } from '../../../storage/effects/end-with-outcome.ts';
import { staleToken } from '../../../storage/locks/locks.ts';
import { stoppedScope } from '../../../storage/stops/stops.ts';
import { actAndRecord } from './act-and-record.ts';
import { busy, type Attempt } from '../ledger/attempt-at-call.ts';
import { stateOfOwner } from '../ledger/owner.ts';
import { recordStale } from '../ledger/fences.ts';
import {
  putEvidence,
  recordUnknown,
  withdrawIntent,
  type OpenIntent,
} from '../ledger/record-outcome.ts';
import { settledOutcome } from './stored-outcome.ts';
import { takeOverAndProbe } from '../ledger/take-over.ts';

/** A call at whose position a row stands. */
export interface RecordedCall {
  readonly call: StoredCall;
  readonly record: EffectRecord;
  /**
   * What becomes of a call that a look proves not to have happened. Absent: it is performed, as it was judged when its
   * intent was written.
   */
  readonly whenNotDone?: (intent: OpenIntent) => Promise<PerformCallResult>;
}

/** A row stands in the ledger: an attempt before this one, or a store that was rolled back. */
export async function resume(attempt: Attempt, known: RecordedCall): Promise<PerformCallResult> {
  const { dependencies, input } = attempt;
  const { call, record } = known;
  const { db, owner, now, recent } = dependencies;
  const lost = record.state === 'intent' ? recent.of(call.callId) : undefined;
  // A crash of the database took the outcome back that this process wrote.
  if (lost?.digest === input.digest && lost.fence === record.fence) {
    if (await endWithOutcome(db, lost)) {
      return { type: 'done', outcome: lost.outcome, effectSeq: record.effectSeq };
    }
    throw busy('another worker is settling this effect');
  }
  const seen = stateOfOwner(record, owner, now());
  // Only one attempt of a call runs in this process, and that is this one: an earlier one broke off before its outcome.
  const verdict = ledgerVerdict(record, input.digest, seen === 'me' ? 'dead' : seen);
  const { callId } = call;
  const { effectSeq, fence } = record;
  switch (verdict.type) {
    case 'give-back': {
      const outcome = await settledOutcome(db, call, record);
      return { type: 'done', outcome, effectSeq };
    }
    case 'busy':
      throw busy('the process that performs this call is still alive');
    case 'take-over':
      return afterProbe(attempt, known);
    case 'unknown': {
      const intent = { callId, fence, effectSeq };
      // The intent of another call whose owner lives is not ours to end.
      const isOurs = record.digest === input.digest || seen === 'me' || seen === 'dead';
      const evidence =
        record.evidence ??
        (isOurs
          ? await recordUnknown(db, { call, intent }, verdict.why)
          : await putEvidence(db, call, verdict.why));
      return { type: 'unknown', callId, evidence, effectSeq };
    }
  }
}

async function afterProbe(
  attempt: Attempt,
  { call, record, whenNotDone }: RecordedCall,
): Promise<PerformCallResult> {
  const { dependencies, input, signal } = attempt;
  const { effectSeq } = record;
  const scope = await attempt.scope();
  const runningOn = 'awaited';
  const work = { call, record, scope, progress: attempt.progress, runningOn } as const;
  const probed = await takeOverAndProbe(dependencies, work);
  switch (probed.type) {
    case 'settled':
      return { type: 'done', outcome: probed.outcome, effectSeq };
    case 'unknown':
      return { type: 'unknown', callId: call.callId, evidence: probed.evidence, effectSeq };
    case 'act': {
      // The intent stays open when it must not be performed now: closing the run, or another attempt, looks again.
      signal.throwIfAborted();
      const subject = stopSubject(input.run, [call.tool]);
      const stopped = await stoppedScope(dependencies.db, subject);
      if (stopped !== undefined) return { type: 'stopped', scope: stopped };
      if (whenNotDone !== undefined) return whenNotDone(probed.intent);
      const stale = await staleAgain(attempt);
      if (stale === undefined) return actAndRecord(attempt, { call, scope, intent: probed.intent });
      await withdrawIntent(dependencies.db, { call, intent: probed.intent }, 'a lock was lost');
      return recordStale(attempt, call, stale);
    }
  }
}

/** The lock that the run lost while nobody performed the call. */
async function staleAgain({
  dependencies: { db },
  input: { run, locks: tokens = [] },
}: Attempt): Promise<FenceToken | undefined> {
  if (tokens.length === 0) return undefined;
  return staleToken(db, { tenant: run.tenant, runId: run.runId, tokens });
}
