import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

import { createTransport, type Transporter } from 'nodemailer';

import type { MailDestination } from '../../domain/notifications/mail-schema.ts';
import { mailText, type Notification } from '../../domain/notifications/notification.ts';
import { resolveKey } from '../model/resolve-key.ts';
import { isPrivateAddress } from '../tools/http/private-addresses.ts';
import { isPrivateError, timeoutError, timeoutMs, type DeliveryDependencies } from './delivery.ts';

/** A mail to one address, so that nobody sees who else is told and one bad address stops no other. */
export interface Letter {
  readonly notification: Notification;
  readonly address: string;
}

/**
 * Sends a notification by mail (SMTP, RFC 5321). Sent once more it has the same Message-ID, by which mailboxes know it.
 * Throws with one line that says what was wrong.
 */
export async function deliverByMail(
  dependencies: DeliveryDependencies,
  destination: MailDestination,
  { notification, address }: Letter,
): Promise<void> {
  const { subject, text } = mailText(notification);
  const transport = await transportOf(dependencies, destination);
  try {
    await transport.sendMail({
      from: destination.from,
      to: address,
      subject,
      text,
      date: new Date(notification.at),
      messageId: messageIdOf(notification, destination),
      // RFC 3834: an absence note answers nothing that a program sent.
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'Auto-Submitted': 'auto-generated', 'Holdfast-Event-Id': notification.id },
    });
  } catch (error) {
    throw readable(error);
  } finally {
    transport.close();
  }
}

async function transportOf(
  { secrets, lookUp }: DeliveryDependencies,
  destination: MailDestination,
): Promise<Transporter> {
  const { security, user, secret } = destination;
  const { host, port } = placeOf(destination);
  const pass = resolveKey(secret, await secrets());
  return createTransport({
    host: await addressOf(destination, { host, lookUp }),
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    // The certificate is for the name, although the address that was checked is connected to.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    tls: { minVersion: 'TLSv1.2' },
    ...(user === undefined || pass === undefined ? {} : { auth: { user, pass } }),
    // SAFETY: nothing of a notification is ever read as a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function placeOf({ server }: MailDestination): { readonly host: string; readonly port: number } {
  const at = server.lastIndexOf(':');
  return { host: server.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(server.slice(at + 1)) };
}

/** SAFETY: a name is resolved once, and the address that was checked is the one that is connected to. */
async function addressOf(
  { name, allowPrivate }: MailDestination,
  { host, lookUp }: Pick<DeliveryDependencies, 'lookUp'> & { readonly host: string },
): Promise<string> {
  const found = isIP(host) === 0 ? await lookUp(host).catch(() => []) : [{ address: host }];
  const [first] = found;
  if (first === undefined) throw new Error(`the mail server of ${name} was not found by its name`);
  if (!allowPrivate && found.some(({ address }) => isPrivateAddress(address))) {
    throw isPrivateError(name);
  }
  return first.address;
}

function messageIdOf({ id, tenant }: Notification, { name, from }: MailDestination): string {
  const digest = createHash('sha256').update([tenant, name, id].join('\0')).digest('hex');
  return `<${digest.slice(0, 40)}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

/** What a code of the library means to people. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['EAUTH', 'the mail server refused the login'],
  ['ENOAUTH', 'the mail server refused the login'],
  ['ETLS', 'the mail server offers no encryption that can be trusted'],
  ['EENVELOPE', 'the mail server refused the sender or the recipient'],
  ['EMESSAGE', 'the mail server refused the message'],
]);

/** SAFETY: what the server says is left out; it may repeat names and passwords. */
function readable(error: unknown): Error {
  const { code = 'failed', responseCode } = detailsOf(error);
  if (code === 'ETIMEDOUT' || code === 'EABORT') return timeoutError();
  const status = responseCode === undefined ? '' : ` (${responseCode})`;
  const reason = reasons.get(code) ?? `the mail server could not be reached: ${code}`;
  return new Error(`${reason}${status}`);
}

function detailsOf(error: unknown): { readonly code?: string; readonly responseCode?: number } {
  if (!(error instanceof Error)) return {};
  // The library puts a code of its own over that of the socket or certificate, which says more.
  const ofSocket = 'originalCode' in error ? error.originalCode : undefined;
  const code = ofSocket ?? ('code' in error ? error.code : undefined);
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number'
      ? { responseCode: error.responseCode }
      : {}),
  };
}
