import { z } from 'zod';

import { auditKinds } from './audit-record.ts';

const between = (least: number, most: number) =>
  z
    .int(`write a whole number from ${least} to ${most}`)
    .min(least, `write a whole number from ${least} to ${most}`)
    .max(most, `write a whole number from ${least} to ${most}`);

/** Which records to give; conditions that are given are joined by AND. */
export const auditQuerySchema = z.strictObject({
  /** How it was decided or came out, such as `committed`, `deny` or `rejected`. */
  status: z.string().min(1).optional(),
  /** First word of the subject: the tool, or what else was touched. */
  service: z.string().min(1).optional(),
  /** First part of the kind, such as `effect` or `approval`. */
  intent: z.string().min(1).optional(),
  kind: z.enum(auditKinds).optional(),
  /** Id of a run, or what people type for it. */
  run: z.string().min(1).optional(),
  /** Who, without the door. */
  actor: z.string().min(1).optional(),
  days: between(1, 365).default(30),
  limit: between(1, 1_000).default(100),
  offset: z
    .int('write a whole number from 0 on')
    .min(0, 'write a whole number from 0 on')
    .default(0),
});

export type AuditQuery = z.infer<typeof auditQuerySchema>;

/** Which failures to give. */
export const auditFailuresSchema = auditQuerySchema
  .pick({ service: true, limit: true, offset: true })
  .extend({ days: between(1, 90).default(7) });

export type AuditFailuresQuery = z.infer<typeof auditFailuresSchema>;
