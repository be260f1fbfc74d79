import { z } from 'zod';

import { keyReferenceSchema } from '../models/model-entry-schema.ts';
import { roleSchema } from '../principals/person-schema.ts';
import { destinationShape } from './destination-shape-schema.ts';

const mailAddress = z
  .email('write a mail address such as ops@example.com')
  .max(254, 'a mail address has at most 254 characters');
const addresses = z.array(mailAddress).max(32);

/** People who are told by mail, through a server that takes mail for them (SMTP, RFC 5321). */
export const mailDestinationSchema = z
  .strictObject({
    ...destinationShape,
    kind: z.literal('mail'),
    /** Host and port of the mail server. */
    server: z
      .string()
      .regex(/^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]):\d{1,5}$/, 'write host:port'),
    /** `starttls`: encrypted before anything is said, or not sent. `tls`: encrypted from the first byte. `none`: in the clear. */
    security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    from: mailAddress,
    /** Name of the account at the server, and its password; both or neither. */
    user: z.string().min(1).max(254).optional(),
    secret: keyReferenceSchema.optional(),
    /** Told of everything. */
    to: addresses.default([]),
    /** Told of what a role decides, or was reached for by an escalation. */
    toRoles: z.record(roleSchema, addresses).default({}),
    /** Told of what a person, by name, decides. */
    toPeople: z.record(z.string().min(1).max(64), addresses).default({}),
  })
  .superRefine(({ user, secret, security, ...told }, context) => {
    const say = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if ((user === undefined) !== (secret === undefined)) {
      say('secret', 'an account has a user and a secret, its password; write both or neither');
    }
    // SAFETY: a password in the clear can be read on the way.
    if (user !== undefined && security === 'none') {
      say('security', 'a password is sent encrypted only: write starttls or tls');
    }
    const all = [told.to, ...Object.values(told.toRoles), ...Object.values(told.toPeople)];
    if (all.flat().length === 0)
      say('to', 'nobody would be told: name somebody in to, toRoles or toPeople');
  });

/** People who are told by mail. */
export type MailDestination = z.infer<typeof mailDestinationSchema>;
