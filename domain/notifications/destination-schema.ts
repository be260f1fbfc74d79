import { z } from 'zod';

import { keyReferenceSchema } from '../models/model-entry-schema.ts';
import { notificationEvents } from './notification.ts';

const webAddress = z.url({ protocol: /^https?$/, error: 'write an address with http or https' });

/** Where people are told that something waits for them. */
export const destinationSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'write lower-case letters, digits, dashes'),
    /** `webhook`: our own JSON, signed. `slack`: what Slack's incoming webhooks take, and others that are compatible. */
    kind: z.enum(['webhook', 'slack']),
    /** The address, or the variable of the worker's environment that holds it, where the address itself is a secret. */
    url: z.union([
      webAddress,
      z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
    ]),
    /** Key of the signature; needed for a webhook. */
    secret: keyReferenceSchema.optional(),
    /** Empty: all. */
    events: z.array(z.enum(notificationEvents)).default([]),
    /** Whether the address may lead into this machine or a network of one's own. */
    allowPrivate: z.boolean().default(false),
  })
  .refine(({ kind, secret }) => (kind === 'webhook') === (secret !== undefined), {
    message: 'a webhook has a secret, which signs what is sent; a Slack one has none',
    path: ['secret'],
  });

/** Where people are told that something waits for them. */
export type Destination = z.infer<typeof destinationSchema>;
