import { fnv1a64 } from '../../../domain/agent/fnv.ts';
import type { Note } from '../../../domain/events/note.ts';
import type { PolicyVerdict } from '../../../domain/policy/verdict.ts';
import type { CallOutcome } from '../../../domain/tools/call-outcome.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import type { NewEvent } from '../../../storage/events/append-events.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import { recordWithoutEffect } from '../ledger/record-outcome.ts';

/** A call that was to be performed, and the verdicts on it: when it was prepared, and now. */
export interface DeniedCall {
  readonly call: StoredCall;
  readonly notes: readonly Note[];
  readonly before: PolicyVerdict;
  readonly verdict: PolicyVerdict;
  readonly why: readonly string[];
}

/** Refuses a call that policy denies right before it would run; both verdicts go into the log. */
export async function refuseCall(db: Database, denied: DeniedCall): Promise<CallOutcome> {
  const { call, notes, verdict } = denied;
  const text = `policy denies this call (rule ${verdict.rule}); it was not performed`;
  const outcome: CallOutcome = {
    callId: call.callId,
    status: 'denied',
    code: 'policy_denied',
    text,
    outputHash: fnv1a64(text),
    progress: false,
  };
  const event = deniedEvent(denied);
  await recordWithoutEffect(db, { call, notes, event }, { outcome, texts: [] });
  return outcome;
}

function deniedEvent({ call, before, verdict, why }: DeniedCall): NewEvent {
  const { callId, tool, preview, digest } = call;
  const { type, rule, policy } = verdict;
  const earlier = { verdict: before.type, rule: before.rule, policy: before.policy };
  return {
    type: 'tool.denied',
    data: {
      callId,
      tool,
      preview,
      verdict: type,
      rule,
      policy,
      digest,
      why: [...why],
      before: earlier,
    },
  };
}
