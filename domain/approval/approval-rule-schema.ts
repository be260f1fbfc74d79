import { z } from 'zod';

import { roleSchema } from '../principals/person-schema.ts';
import { defaultExpirySeconds } from './terms.ts';

/** A role, or one person as `person:ada`. */
const recipientSchema = z
  .string()
  .regex(
    /^(?:[a-z][a-z0-9-]{0,63}|person:[A-Za-z0-9][A-Za-z0-9._@-]{0,63})$/,
    'write a role, or person:NAME',
  );

/** What a policy rule asks of the people who decide on a call that it asks for. */
export const approvalRuleSchema = z
  .strictObject({
    /** How many different people must approve. */
    quorum: z.int().min(1).max(20).default(1),
    /** Who may decide: people with one of these roles; anybody when roles and people are empty. */
    roles: z.array(roleSchema).max(16).default([]),
    /** Who may decide besides, by name. */
    people: z.array(z.string().min(1).max(64)).max(32).default([]),
    /** Who started the run or changed the call cannot approve it. */
    separationOfDuties: z.boolean().default(false),
    /** How many different people must reject before it counts. */
    rejectQuorum: z.int().min(1).max(20).default(1),
    expiresAfterSeconds: z.int().min(1).max(31_536_000).default(defaultExpirySeconds),
    onTimeout: z.enum(['reject', 'approve', 'escalate', 'keep']).default('reject'),
    /** Who is told, and may decide from then on, when nobody decided; earliest first. */
    escalation: z
      .array(z.strictObject({ afterSeconds: z.int().min(1), to: recipientSchema }))
      .max(8)
      .default([]),
    /** Whether people are reminded at half of the time. */
    reminder: z.boolean().default(true),
  })
  .refine(({ onTimeout, escalation }) => onTimeout !== 'escalate' || escalation.length > 0, {
    message: 'escalate needs somebody to escalate to: add escalation',
    path: ['onTimeout'],
  })
  .refine(
    ({ escalation }) =>
      escalation.every(
        (step, at) => at === 0 || step.afterSeconds > (escalation[at - 1]?.afterSeconds ?? 0),
      ),
    { message: 'write the steps in the order of their times', path: ['escalation'] },
  );
