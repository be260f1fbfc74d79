import { createHmac } from 'node:crypto';

import type { Destination } from '../../domain/notifications/destination-schema.ts';
import { chatText, type Notification } from '../../domain/notifications/notification.ts';
import { resolveKey, type KeySources } from '../model/resolve-key.ts';
import { sendSafely, type HostRules } from '../tools/http/safe-request.ts';
import { ToolError } from '../tools/tool.ts';

/** What sending needs from outside. */
export interface DeliveryDependencies {
  readonly secrets: KeySources;
  readonly lookUp: HostRules['lookUp'];
  readonly now: () => number;
}

/** A receiver has this long to answer, in milliseconds. */
const timeoutMs = 10_000;

/**
 * Sends one notification and waits for the answer; follows no redirect. Throws with one line that says what was wrong:
 * no answer in time, a status other than 2xx, a private address that is not allowed, a missing secret.
 */
export async function deliver(
  { secrets, lookUp, now }: DeliveryDependencies,
  destination: Destination,
  notification: Notification,
): Promise<void> {
  const url = addressOf(destination, secrets);
  const body = bodyOf(destination, notification);
  const { status } = await sendSafely(
    { allowedHosts: destination.allowPrivate ? [url.hostname] : ['*'], lookUp },
    {
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'holdfast',
        'holdfast-event-id': notification.id,
        ...signatureOf(destination, { secrets, body, now }),
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    },
  ).catch((error: unknown) => {
    throw readable(error, destination);
  });
  if (status < 200 || status > 299) throw new Error(`the receiver answered with status ${status}`);
}

function addressOf({ url, name }: Destination, { environment }: KeySources): URL {
  if (typeof url === 'string') return new URL(url);
  const value = environment[url.env] ?? '';
  if (URL.canParse(value)) return new URL(value);
  throw new Error(`the variable ${url.env} of the worker holds no address for ${name}`);
}

function bodyOf({ kind }: Destination, notification: Notification): string {
  switch (kind) {
    case 'webhook':
      return JSON.stringify(notification);
    case 'slack':
      return JSON.stringify({ text: chatText(notification) });
  }
}

/** HMAC SHA-256 over time and body, so that nothing can be changed, nor sent again much later. */
function signatureOf(
  { secret }: Destination,
  { secrets, body, now }: Pick<DeliveryDependencies, 'secrets' | 'now'> & { readonly body: string },
): Readonly<Record<string, string>> {
  const key = resolveKey(secret, secrets);
  if (key === undefined) return {};
  const timestamp = String(Math.floor(now() / 1_000));
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { 'holdfast-timestamp': timestamp, 'holdfast-signature': `v1=${signature}` };
}

/** SAFETY: the address may be a secret; it is no part of what is written down. */
function readable(error: unknown, { name }: Destination): Error {
  if (error instanceof ToolError && error.code === 'access_denied') {
    return new Error(`${name} leads to a private address; set allowPrivate if that is meant`);
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new Error(`no answer within ${timeoutMs / 1_000} s`);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new Error(`the receiver could not be reached: ${code}`);
}
