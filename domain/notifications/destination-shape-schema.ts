import { z } from 'zod';

import { notificationEvents } from './notification.ts';

/** What every destination has. */
export const destinationShape = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'write lower-case letters, digits, dashes'),
  /** Empty: all. */
  events: z.array(z.enum(notificationEvents)).default([]),
  /** Whether the address may lead into this machine or a network of one's own. */
  allowPrivate: z.boolean().default(false),
};
