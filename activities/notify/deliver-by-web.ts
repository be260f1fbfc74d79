import { createHmac } from 'node:crypto';

import type { WebDestination } from '../../domain/notifications/destination-schema.ts';
import { chatText, type Notification } from '../../domain/notifications/notification.ts';
import { resolveKey, type KeySources } from '../model/resolve-key.ts';
import { sendSafely } from '../tools/http/safe-request.ts';
import { ToolError } from '../tools/tool.ts';
import { isPrivateError, timeoutError, timeoutMs, type DeliveryDependencies } from './delivery.ts';

/**
 * Sends one notification and waits for the answer; follows no redirect. Throws with one line that says what was wrong:
 * no answer in time, a status other than 2xx, a private address that is not allowed, a missing secret.
 */
export async function deliverByWeb(
  { secrets: held, lookUp, now }: DeliveryDependencies,
  destination: WebDestination,
  notification: Notification,
): Promise<void> {
  const secrets = await held();
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

function addressOf({ url, name }: WebDestination, { environment, learn }: KeySources): URL {
  if (typeof url === 'string') return new URL(url);
  const value = environment[url.env] ?? '';
  // The address of a chat is its password.
  if (value !== '') learn?.(value);
  if (URL.canParse(value)) return new URL(value);
  throw new Error(`the variable ${url.env} of the worker holds no address for ${name}`);
}

function bodyOf({ kind }: WebDestination, notification: Notification): string {
  switch (kind) {
    case 'webhook':
      return JSON.stringify(notification);
    case 'slack':
      return JSON.stringify({ text: chatText(notification) });
  }
}

/** HMAC SHA-256 over time and body, so that nothing can be changed, nor sent again much later. */
function signatureOf(
  destination: WebDestination,
  {
    secrets,
    body,
    now,
  }: { readonly secrets: KeySources; readonly body: string; readonly now: () => number },
): Readonly<Record<string, string>> {
  if (destination.kind !== 'webhook') return {};
  const key = resolveKey(destination.secret, secrets);
  if (key === undefined) return {};
  const timestamp = String(Math.floor(now() / 1_000));
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { 'holdfast-timestamp': timestamp, 'holdfast-signature': `v1=${signature}` };
}

/** SAFETY: the address may be a secret; it is no part of what is written down. */
function readable(error: unknown, { name }: WebDestination): Error {
  if (error instanceof ToolError && error.code === 'access_denied') {
    return isPrivateError(name);
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return timeoutError();
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new Error(`the receiver could not be reached: ${code}`);
}
