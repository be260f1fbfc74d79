import type { EventType } from '../events/event-types.ts';
import type { JsonObject } from '../json.ts';
import type { AuditDraft } from './audit-record.ts';

/** An event as far as the audit looks at it. */
interface AuditedEvent {
  readonly type: EventType;
  readonly data: JsonObject;
}

type DraftOf = (data: JsonObject) => AuditDraft;

/**
 * What the audit keeps of an event of a run; undefined for what it leaves to the event log. Takes ids, names and
 * digests only: texts of models and people, arguments and reasons stay where they are.
 */
export function auditOfEvent({ type, data }: AuditedEvent): AuditDraft | undefined {
  return drafts[type]?.(data);
}

const requested: DraftOf = (data) => ({
  kind: 'run.requested',
  actor: word(data, 'requestedBy'),
  subject: `${word(data, 'specialist')} ${word(data, 'policy')}`,
  digest: word(data, 'requestDigest'),
});

const ended: DraftOf = (data) => ({
  kind: 'run.ended',
  actor: 'holdfast',
  subject: `run ${word(data, 'stopReason')}`,
  digest: '',
  decision: word(data, 'status'),
});

const judged: DraftOf = (data) => ({
  kind: word(data, 'verdict') === 'deny' ? 'policy.denied' : 'policy.verdict',
  actor: 'policy',
  subject: callOf(data),
  digest: word(data, 'digest'),
  decision: word(data, 'verdict'),
});

const effect = (kind: AuditDraft['kind'], decision?: string): DraftOf => {
  return (data) => ({
    kind,
    // Named where a person takes an effect back.
    actor: word(data, 'by') === '' ? 'agent' : word(data, 'by'),
    subject: callOf(data),
    digest: word(data, 'digest'),
    ...(decision === undefined ? {} : { decision }),
  });
};

const settled: DraftOf = (data) => ({
  kind: 'effect.settled',
  actor: word(data, 'by'),
  subject: callOf(data),
  digest: word(data, 'digest'),
  decision: word(data, 'settlement'),
});

const opened: DraftOf = (data) => ({
  kind: 'approval.opened',
  actor: 'policy',
  subject: `${word(data, 'kind')} ${word(data, 'approvalId')}`,
  digest: word(data, 'digest'),
});

const decided = (kind: 'approval.counted' | 'approval.decided'): DraftOf => {
  return (data) => ({
    kind,
    actor: `${word(data, 'by')} via ${word(data, 'via')}`,
    subject: `approval ${word(data, 'approvalId')}`,
    digest: word(data, 'digest'),
    decision: word(data, 'state'),
  });
};

const escalated: DraftOf = (data) => ({
  kind: 'approval.escalated',
  actor: 'holdfast',
  subject: `approval ${word(data, 'approvalId')}`,
  digest: '',
});

const lapsed = (kind: 'approval.expired' | 'approval.superseded'): DraftOf => {
  return (data) => ({
    kind,
    actor: 'holdfast',
    subject: `approval ${word(data, 'approvalId')}`,
    digest: '',
    decision: kind === 'approval.expired' ? 'expired' : 'superseded',
  });
};

const granted: DraftOf = (data) => ({
  kind: 'grant.added',
  actor: word(data, 'grantedBy'),
  subject: `${word(data, 'tool')} ${word(data, 'grantId')}`,
  digest: '',
});

const revoked: DraftOf = (data) => ({
  kind: 'grant.revoked',
  actor: word(data, 'by'),
  subject: `grant ${word(data, 'grantId')}`,
  digest: '',
});

const refused: DraftOf = (data) => ({
  kind: 'message.refused',
  actor: refusedOf(data),
  subject:
    `${word(data, 'signal') === '' ? 'inject' : word(data, 'signal')} ${word(data, 'approvalId')}`.trim(),
  digest: '',
  decision: 'refused',
});

/** Whose message it was, as far as that was proved. */
function refusedOf(data: JsonObject): string {
  const names = [word(data, 'by'), word(data, 'author')];
  return names.find((name) => name !== '') ?? 'unauthenticated';
}

const exceeded: DraftOf = (data) => ({
  kind: 'budget.exceeded',
  actor: 'holdfast',
  subject: `budget ${word(data, 'budget')}`,
  digest: '',
});

const secretUsed: DraftOf = (data) => ({
  kind: 'secret.used',
  actor: 'agent',
  subject: `${word(data, 'secret')} ${word(data, 'callId')}`,
  digest: word(data, 'digest'),
});

const suspicious: DraftOf = (data) => ({
  kind: 'security.event',
  actor: word(data, 'actor') === '' ? 'agent' : word(data, 'actor'),
  subject: callOf(data),
  digest: '',
  decision: word(data, 'kind'),
});

const drafts: { readonly [type in EventType]?: DraftOf } = {
  'run.started': requested,
  'run.completed': ended,
  'run.cancelled': ended,
  'tool.requested': judged,
  'tool.denied': judged,
  'effect.intent': effect('effect.intent'),
  'effect.committed': effect('effect.committed', 'committed'),
  'effect.failed': effect('effect.failed', 'failed'),
  'effect.unknown': effect('effect.unknown', 'unknown'),
  'effect.settled': settled,
  'approval.opened': opened,
  'approval.counted': decided('approval.counted'),
  'approval.decided': decided('approval.decided'),
  'approval.escalated': escalated,
  'approval.expired': lapsed('approval.expired'),
  'approval.superseded': lapsed('approval.superseded'),
  'grant.added': granted,
  'grant.revoked': revoked,
  'message.refused': refused,
  'budget.exceeded': exceeded,
  'secret.used': secretUsed,
  'security.event': suspicious,
};

function callOf(data: JsonObject): string {
  const tool = word(data, 'tool');
  return `${tool === '' ? 'call' : tool} ${word(data, 'callId')}`.trim();
}

/** Longest word that goes into a record, in characters: ids and names are shorter. */
const maxWord = 300;

/** A name or id of an event; empty when it has none. Names come from outside: they are cut, and control characters go. */
function word(data: JsonObject, key: string): string {
  const value = data[key];
  if (typeof value !== 'string') return '';
  return value.slice(0, maxWord).replaceAll(/[\p{Cc}\p{Surrogate}]/gu, '?');
}
