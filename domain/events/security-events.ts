import type { JsonObject } from '../json.ts';
import { honeytokenRule } from '../policy/honeytokens/honeytokens.ts';
import { redactionMark } from '../redaction/redaction-mark.ts';
import type { EventType } from './event-types.ts';

/** Refused or suspicious acts, few enough to count. */
export type SecurityKind =
  | 'path_escape'
  | 'host_denied'
  | 'sandbox_denied'
  | 'policy_denied'
  | 'digest_mismatch'
  | 'honeytoken'
  | 'proof_refused'
  | 'redaction';

/** What stands in a security event of a kind; it holds no words of the act itself. */
const sentences: { readonly [kind in SecurityKind]: string } = {
  path_escape: 'a path outside of the workspace was asked for',
  host_denied: 'a host that the run may not reach was asked for',
  sandbox_denied: 'the sandbox refused what a command tried',
  policy_denied: 'policy denies the call',
  honeytoken: 'a key, address or file was used that no honest run uses',
  digest_mismatch: 'what would run is not what was seen before',
  proof_refused:
    'a message was signed by nobody who is registered, or changed behind its signature',
  redaction: 'something that looks like a secret was taken out of a text',
};

/** One event on its way to the log. */
interface Said {
  readonly type: EventType;
  readonly data: JsonObject;
}

/** Makes the event of a refused or suspicious act. `reason` is a code or the name of a rule. */
export function securityEvent(
  kind: SecurityKind,
  about: {
    readonly actor?: string;
    readonly tool?: string;
    readonly callId?: string;
    readonly reason: string;
  },
): { readonly type: 'security.event'; readonly data: JsonObject } {
  const { actor = 'agent', tool = '', callId = '', reason } = about;
  return {
    type: 'security.event',
    data: { kind, actor, tool, callId, reason, errorMessage: sentences[kind] },
  };
}

/** Puts behind each event that tells of a refused or suspicious act of an agent the security event that belongs to it. */
export function withSecurityEvents<Event extends Said>(
  events: readonly Event[],
): readonly (Event | ReturnType<typeof securityEvent>)[] {
  return events.flatMap((event) => [event, ...refusalIn(event), ...redactionIn(event)]);
}

function refusalIn({ type, data }: Said): readonly ReturnType<typeof securityEvent>[] {
  const about = { tool: word(data, 'tool'), callId: word(data, 'callId') };
  if (type === 'tool.denied') {
    const rule = word(data, 'rule');
    if (rule !== honeytokenRule)
      return [securityEvent('policy_denied', { ...about, reason: rule })];
    // Which of the few planted things it was, never its value.
    const why = Array.isArray(data['why']) ? data['why'].join('; ') : rule;
    return [securityEvent('honeytoken', { ...about, reason: why })];
  }
  if (type !== 'tool.error') return [];
  const code = word(data, 'code');
  const kind = kinds.get(code);
  if (kind === undefined) return [];
  const isHost = kind === 'path_escape' && askingHosts.has(about.tool);
  return [securityEvent(isHost ? 'host_denied' : kind, { ...about, reason: code })];
}

/** Tools that reach other machines: what is denied to them is a host. */
const askingHosts: ReadonlySet<string> = new Set(['http_fetch', 'http_request', 'git_push']);

/** Words of tools and models go through redaction before they become a message. */
function redactionIn({ type, data }: Said): readonly ReturnType<typeof securityEvent>[] {
  const isFailure = type === 'tool.error' || type === 'model.failed';
  if (!isFailure || !word(data, 'message').includes(redactionMark)) return [];
  const tool = word(data, type === 'model.failed' ? 'model' : 'tool');
  return [securityEvent('redaction', { tool, callId: word(data, 'callId'), reason: type })];
}

/** Error codes of tools that are more than a mistake. */
const kinds: ReadonlyMap<string, SecurityKind> = new Map([
  ['access_denied', 'path_escape'],
  ['sandbox_denied', 'sandbox_denied'],
  ['policy_denied', 'policy_denied'],
  ['digest_mismatch', 'digest_mismatch'],
]);

function word(data: JsonObject, key: string): string {
  const value = data[key];
  return typeof value === 'string' ? value : '';
}
