/** Every event type a run can write. New fields and types are only added. */
export const eventTypes = [
  'run.started',
  'run.status',
  'run.paused',
  'run.resumed',
  'run.completed',
  'run.cancelled',
  'message.delivered',
  'message.refused',
  'model.call',
  'model.fallback',
  'model.failed',
  'tool.requested',
  'tool.denied',
  'tool.started',
  'tool.result',
  'tool.error',
  'approval.opened',
  'approval.counted',
  'approval.decided',
  'approval.reminded',
  'approval.escalated',
  'approval.expired',
  'approval.superseded',
  'effect.intent',
  'effect.committed',
  'effect.failed',
  'effect.unknown',
  'effect.settled',
  'grant.added',
  'grant.revoked',
  'gate.failed',
  'stall.detected',
  'budget.exceeded',
  'budget.alert',
  'secret.used',
  'security.event',
] as const;

export type EventType = (typeof eventTypes)[number];

/** Major version of the envelope; a reader refuses one it does not know. */
export const eventSchemaVersion = 1;
