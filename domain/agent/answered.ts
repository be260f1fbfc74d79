import type { CallOutcome } from '../tools/call-outcome.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import { fnv1a64 } from './fnv.ts';

/** Outcome of a call that the workflow itself answers, without an activity. */
export function answeredByWorkflow(
  call: PreparedCall,
  answer: Pick<CallOutcome, 'status' | 'code' | 'text'>,
): CallOutcome {
  return {
    callId: call.callId,
    ...answer,
    outputHash: fnv1a64(`${answer.code ?? answer.status}:${answer.text ?? ''}`),
    progress: false,
  };
}
