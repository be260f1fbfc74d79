import type { InvokeModelInput } from '../../../domain/agent/activities.ts';
import type { FaultFacts } from '../../../domain/models/model-fault.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import { stopSubject } from '../../../domain/stops/stop-scopes.ts';
import { keepOffer } from '../../../storage/budgets/raise.ts';
import type { Unreserved } from '../../../storage/budgets/reserve.ts';
import { admitJournalled } from '../../../storage/models/admit-journalled.ts';
import { abandonProbe, admitCall, type Admission } from '../../../storage/models/breakers.ts';
import { settleBucket, takeFromBucket } from '../../../storage/models/rate-buckets.ts';
import { journalCall, type JournalledCall } from '../../../storage/usage/usage.ts';
import type { ModelDependencies } from '../dependencies.ts';
import type { CallEstimate } from './call-cost.ts';
import type { CallRefused } from './budget-refused.ts';

/** One call that wants to go out. */
export interface WantedCall {
  readonly input: InvokeModelInput;
  readonly entry: ModelEntry;
  readonly tier: number;
  /** Number in the journal. */
  readonly attempt: number;
  readonly estimate: CallEstimate;
}

/** Whether a call may go out now. */
export type CallAdmission =
  | {
      readonly type: 'admitted';
      readonly breaker: Extract<Admission, { type: 'admitted' }>;
      /** Tokens taken from the shared rate. */
      readonly taken: number;
      readonly journalled: JournalledCall;
    }
  | { readonly type: 'fault'; readonly fault: FaultFacts }
  | { readonly type: 'refused'; readonly refusal: CallRefused };

/** Asks breaker, shared rate and budgets whether a call may go out, journals it and reserves what it may use. */
export async function admitToCall(
  { db }: ModelDependencies,
  wanted: WantedCall,
): Promise<CallAdmission> {
  const { input, entry, estimate } = wanted;
  const { tenant } = input.run;
  const backend = { tenant, backend: entry.baseUrl };
  const journalled = journalledCall(wanted);
  const isLimited = Object.values(entry.rate).some((limit) => limit !== undefined);
  if (!isLimited) {
    const quick = await admitJournalled(db, backend, journalled);
    if (quick.type === 'admitted')
      return { type: 'admitted', breaker: quick, taken: 0, journalled };
    if (quick.type !== 'ask-breaker') return refused(db, wanted, quick);
  }
  const breaker = await admitCall(db, backend, { probeMs: entry.timeoutSeconds * 1_000 });
  if (breaker.type === 'refused') {
    return { type: 'fault', fault: waitFault('circuit-open', breaker.retryAfterMs, entry) };
  }
  const giveUp = async (): Promise<void> => {
    if (breaker.probe) await abandonProbe(db, backend, breaker);
  };
  const bucket = { tenant, model: entry.key };
  const rate = await takeFromBucket(db, bucket, { limits: entry.rate, tokens: estimate.tokensIn });
  if (rate.type === 'refused') {
    await giveUp();
    return { type: 'fault', fault: waitFault('rate-limited', rate.retryAfterMs, entry) };
  }
  const reserved = await journalCall(db, journalled);
  if (reserved.type === 'journalled') {
    return { type: 'admitted', breaker, taken: rate.tokens, journalled };
  }
  await giveUp();
  if (rate.tokens > 0) await settleBucket(db, bucket, { taken: rate.tokens, used: 0 });
  return refused(db, wanted, reserved);
}

async function refused(
  db: ModelDependencies['db'],
  { input: { run, turn } }: WantedCall,
  unreserved: Unreserved,
): Promise<Extract<CallAdmission, { type: 'refused' }>> {
  if (unreserved.type === 'stopped') return { type: 'refused', refusal: unreserved };
  const { budget, ...cap } = unreserved.refusal;
  await keepOffer(db, { tenant: run.tenant, runId: run.runId, turn }, cap);
  const microUsd = cap.unit === 'usd' ? cap.over : null;
  return { type: 'refused', refusal: { type: 'budget-refused', budget, microUsd, cap } };
}

function journalledCall({ input, entry, tier, attempt, estimate }: WantedCall): JournalledCall {
  const { turn, run } = input;
  return {
    turnId: turn,
    tier,
    attempt,
    tenant: run.tenant,
    runId: run.runId,
    project: run.project,
    specialist: run.specialist,
    model: entry.model,
    estimatedTokensIn: estimate.tokensIn,
    estimatedMicroUsd: estimate.microUsd,
    reservedTokens: estimate.tokensIn + estimate.maxTokens,
    subject: stopSubject(run),
  };
}

function waitFault(
  kind: 'circuit-open' | 'rate-limited',
  retryAfterMs: number,
  entry: ModelEntry,
): FaultFacts {
  const isOpen = kind === 'circuit-open';
  return {
    type: isOpen ? 'Model.Unavailable' : 'Model.RateLimited',
    kind,
    code: isOpen ? 'circuit_open' : 'rate_limited',
    message: isOpen
      ? `${entry.key} failed several times in a row and is left alone for a while`
      : `the shared rate limit of ${entry.key} is used up`,
    retryAfterMs,
  };
}
