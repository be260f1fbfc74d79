import { z } from 'zod';

import { keyReferenceSchema } from '../models/model-entry-schema.ts';
import { destinationShape } from './destination-shape-schema.ts';
import { mailDestinationSchema } from './mail-schema.ts';

/** The address, or the variable of the worker's environment that holds it, where the address itself is a secret. */
const url = z.union([
  z.url({ protocol: /^https?$/, error: 'write an address with http or https' }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
]);

/** Our own JSON, signed with the key that `secret` names. */
const webhookSchema = z.strictObject({
  ...destinationShape,
  kind: z.literal('webhook'),
  url,
  secret: keyReferenceSchema,
});

/** What Slack's incoming webhooks take, and others that are compatible. */
const slackSchema = z.strictObject({ ...destinationShape, kind: z.literal('slack'), url });

/** Where people are told that something waits for them. */
export const destinationSchema = z.discriminatedUnion('kind', [
  webhookSchema,
  slackSchema,
  mailDestinationSchema,
]);

/** Where people are told that something waits for them. */
export type Destination = z.infer<typeof destinationSchema>;

/** A destination with an address of the web. */
export type WebDestination = Exclude<Destination, { kind: 'mail' }>;
