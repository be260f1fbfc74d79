import { z } from 'zod';

import { eventSchemaVersion, type EventType } from './event-types.ts';

const text = z.string();
const count = z.int().min(0);
const call = { callId: text, tool: text };
const shownCall = { ...call, preview: text };
const approval = z.object({ approvalId: text });
const amounts = z.object({ microUsd: count, tokens: count, calls: count });
const caps = z.object({
  microUsd: count.nullable(),
  tokens: count.nullable(),
  calls: count.nullable(),
});
const decided = approval.extend({
  decisionId: text,
  decision: z.enum(['approve', 'reject']),
  state: text,
  by: text,
  claimed: text.optional(),
  via: text,
  digest: text.optional(),
  reason: text.optional(),
  answer: text.optional(),
});
const ended = z.object({
  status: text,
  stopReason: text,
  summary: text,
  files: z.array(z.object({ path: text, status: text })),
  message: text.optional(),
});
const effect = z.object({
  ...call,
  effectSeq: count,
  digest: text.optional(),
  preview: text.optional(),
  why: text.optional(),
  /** Where a person takes another effect back: which, and who. */
  undoes: text.optional(),
  by: text.optional(),
});
const judged = z.object({ ...shownCall, verdict: text, rule: text, digest: text.optional() });
const result = z.object({
  ...shownCall,
  status: text,
  code: text.optional(),
  result: text.optional(),
  message: text.optional(),
  testsGreen: z.boolean().optional(),
  retries: count.optional(),
});
const lock = z.object({ name: text, callId: text });

/** What each type of event carries. Readers take more fields than these: new ones are only added. */
export const eventDataSchemas = {
  'run.started': z.object({
    title: text,
    requestedBy: text,
    claimed: text.optional(),
    specialist: text,
    policy: text,
    models: z.array(text),
    limits: z.record(z.string(), z.json()),
    requestDigest: text.optional(),
    forkedFrom: text.optional(),
    forkedAt: z.number().optional(),
  }),
  'run.status': z.object({ status: text, pause: text.optional() }),
  'run.paused': z.object({ reason: text, message: text }),
  'run.resumed': z.object({ reason: text }),
  'run.completed': ended,
  'run.cancelled': ended,
  'message.delivered': z.object({
    messageId: text,
    author: text,
    claimed: text.optional(),
    text: text.optional(),
  }),
  'message.refused': z.object({
    signal: text,
    reason: text,
    approvalId: text.optional(),
    invalid: z.boolean().optional(),
  }),
  'model.call': z.object({
    turn: text,
    model: text,
    tokensIn: count,
    tokensOut: count,
    costMicroUsd: count.nullable(),
    text: text.optional(),
    rehearsal: z.boolean().optional(),
  }),
  'order.turn': z.object({ turn: text, text: text.optional() }),
  'model.fallback': z.object({
    turn: text,
    reason: text,
    fromModel: text,
    toModel: text,
    code: text,
    tokens: count.nullable(),
    costMicroUsd: count.nullable(),
    errors: z.array(z.object({ model: text, code: text, message: text })),
  }),
  'model.failed': z.object({ turn: text, model: text, code: text, message: text }),
  'tool.requested': judged.extend({ untrusted: z.array(text).optional() }),
  'tool.denied': judged.extend({
    why: z.array(text),
    policy: text.optional(),
    before: z.object({ verdict: text, rule: text, policy: text }).optional(),
  }),
  'tool.started': z.object(shownCall),
  'tool.result': result,
  'tool.error': result,
  'approval.opened': approval.extend({
    kind: text,
    subject: text,
    digest: text,
    risk: text,
    rule: text,
    callId: text.optional(),
    required: text.optional(),
  }),
  'approval.counted': decided.extend({ missing: text.optional() }),
  'approval.decided': decided,
  'approval.reminded': approval,
  'approval.escalated': approval.extend({ step: count, to: text }),
  'approval.expired': approval,
  'approval.superseded': approval,
  'effect.intent': effect,
  'effect.committed': effect,
  'effect.failed': effect,
  'effect.unknown': effect,
  'effect.settled': z.object({
    callId: text,
    tool: text.optional(),
    digest: text.optional(),
    settlement: text,
    by: text,
    reason: text,
    decisionId: text.optional(),
  }),
  'lock.waiting': lock.extend({ mode: text, place: count, heldBy: z.array(text) }),
  'lock.granted': lock.extend({ mode: text, fence: count, waitedMs: count }),
  'lock.released': lock.extend({ fence: count, reason: text }),
  'lock.broken': lock.extend({ fence: count, by: text, reason: text }),
  'grant.added': z.object({ grantId: text, tool: text, pattern: text, grantedBy: text }),
  'grant.revoked': z.object({ grantId: text, by: text }),
  'gate.failed': z.object({ callId: text, code: text, message: text }),
  'stall.detected': z.object({ turn: count, replans: count }),
  'secret.used': z.object({ secret: text, tool: text, callId: text, digest: text }),
  'budget.exceeded': z.object({
    budget: text,
    microUsd: z.number().nullable(),
    unit: text.optional(),
    over: count.optional(),
  }),
  'budget.alert': z.object({
    budget: text,
    scope: text,
    of: text,
    period: text,
    threshold: count,
    spent: amounts,
    limit: caps,
  }),
  'workspace.restored': z.object({
    from: text,
    to: text,
    asOf: text,
    behind: count,
    lost: z.array(z.object({ ...call, state: text, preview: text })),
    lostCount: count,
    leftOut: z.array(text),
    leftOutCount: count,
  }),
  'workspace.unkept': z.object({ reason: text }),
  'security.event': z.object({
    kind: text,
    actor: text.optional(),
    tool: text,
    callId: text,
    reason: text,
    errorMessage: text.optional(),
  }),
} as const satisfies { readonly [type in EventType]: z.ZodType };

/**
 * One event as every reader gets it. `seq` counts per run from 1 without a gap. An unknown major version is refused
 * rather than misread.
 */
export const eventSchema = z
  .object({
    /** `<runId>#<seq>`. */
    id: text,
    seq: z.int().min(1),
    schemaVersion: z.literal(
      eventSchemaVersion,
      'this reader does not know the version of the event',
    ),
    type: text,
    /** ISO 8601. */
    at: z.iso.datetime(),
    tenant: text,
    runId: text,
    /** Leads through everything of one request; the run's id. */
    correlationId: text,
    data: z.record(z.string(), z.json()),
  })
  .superRefine(({ type, data }, context) => {
    const schema = isKnown(type) ? eventDataSchemas[type] : undefined;
    // A type that is newer than this reader is passed on as it is.
    if (schema === undefined) return;
    const parsed = schema.safeParse(data);
    for (const issue of parsed.error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: ['data', ...issue.path], message: issue.message });
    }
  });

/** One event of the log. */
export type RunEvent = z.infer<typeof eventSchema>;

function isKnown(type: string): type is EventType {
  return Object.hasOwn(eventDataSchemas, type);
}
