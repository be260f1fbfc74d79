import { compactJson } from '../../domain/json.ts';
import type { NewEvent } from '../../storage/events/append-events.ts';
import type { PreparedPair } from './prepare-call.ts';

/** What the log says of a call that was asked for: requested, denied by policy, or impossible as asked. */
export function eventsOfCall({ call, stored }: PreparedPair): readonly NewEvent[] {
  const { callId, tool, preview, verdict, invalid, digest } = call;
  const data = compactJson({
    callId,
    tool,
    preview,
    verdict: verdict.type,
    rule: verdict.rule,
    digest,
    untrusted: verdict.untrusted === undefined ? undefined : [...verdict.untrusted],
  });
  if (invalid === undefined) {
    if (verdict.type !== 'deny') return [{ type: 'tool.requested', data }];
    return [{ type: 'tool.denied', data: { ...data, why: [...stored.why] } }];
  }
  const { code, message } = invalid;
  return [{ type: 'tool.error', data: { callId, tool, preview, status: 'error', code, message } }];
}
