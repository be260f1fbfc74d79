import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';

import { errorCode } from '../../workspace/files/open-at.ts';
import { ToolError, TransientToolError } from '../tool.ts';
import { hostStanding } from './host-list.ts';
import { isPrivateAddress } from './private-addresses.ts';

/** Finds the addresses of a host; injected so that tests can answer for DNS. */
type LookUp = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** Which hosts may be asked, and how names become addresses. */
export interface HostRules {
  readonly allowedHosts: readonly string[];
  readonly lookUp: LookUp;
}

/** One request. */
export interface SafeRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** What came back: the body is cut at `maxBodyBytes`. */
export interface SafeResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly isTruncated: boolean;
}

/** Largest body that is read. Bytes. */
export const maxBodyBytes = 1024 * 1024;

/**
 * Checks where an address leads before anything is sent.
 * @throws {ToolError} access_denied for a host that is not allowed, validation_error for what is no plain web address.
 */
export function checkUrl(url: URL, { allowedHosts }: HostRules): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ToolError(
      'validation_error',
      `${url.protocol} addresses cannot be fetched, only http and https`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ToolError('validation_error', 'an address must not hold a user name or password');
  }
  const standing = hostStanding(allowedHosts, placeOf(url));
  if (standing === 'absent') throw notAllowed(url);
  const literal = literalAddress(url);
  if (literal !== undefined && standing !== 'named' && isPrivateAddress(literal))
    throw isPrivate(url);
}

/**
 * Checks that what was asked for in secret, headers included, is not said in the open because a server says so.
 *
 * @throws {ToolError} access_denied for a redirect from https to http.
 */
export function checkRedirect(from: URL, to: URL): void {
  if (from.protocol !== 'https:' || to.protocol !== 'http:') return;
  throw new ToolError(
    'access_denied',
    `the server leads from https to ${to.href}, which is not encrypted: nothing was sent there`,
  );
}

/**
 * Sends one request and follows no redirect. The host's name is resolved once; the address is checked and then the one
 * that is connected to, so that a second answer of DNS cannot lead anywhere else.
 */
export async function sendSafely(rules: HostRules, request: SafeRequest): Promise<SafeResponse> {
  checkUrl(request.url, rules);
  const address = await safeAddress(rules, request.url);
  request.signal.throwIfAborted();
  return send(request, address);
}

/** What an error says, whatever was thrown. */
export function wordsOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage ? String(error.message) : 'no reason given';
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/**
 * Finds the address to connect to for a host that is allowed.
 * @throws {ToolError} access_denied when it is a private one that the list does not name.
 */
export async function safeAddress(rules: HostRules, url: URL): Promise<Address> {
  const literal = literalAddress(url);
  if (literal !== undefined) return { address: literal, family: isIP(literal) };
  const isNamed = hostStanding(rules.allowedHosts, placeOf(url)) === 'named';
  const addresses = await rules.lookUp(url.hostname).catch((error: unknown) => {
    // EAI_AGAIN: the name server itself did not answer, which tells nothing of the name.
    const Kind = errorCode(error) === 'EAI_AGAIN' ? TransientToolError : ToolError;
    throw new Kind('execution_error', `${url.hostname} was not found: ${wordsOf(error)}`);
  });
  const [first] = addresses;
  if (first === undefined) throw new ToolError('execution_error', `${url.hostname} has no address`);
  // One private address among public ones is refused too: nobody publishes such a mixture for a good reason.
  if (!isNamed && addresses.some(({ address }) => isPrivateAddress(address))) throw isPrivate(url);
  return first;
}

function send(
  { url, method, headers, body, signal }: SafeRequest,
  { address, family }: Address,
): Promise<SafeResponse> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method,
      headers: { ...headers, host: url.host, 'accept-encoding': 'identity' },
      // No pool: a kept connection could lead to an address that was never checked.
      agent: false,
      signal,
      lookup: (_host, wanted, done) => {
        if (wanted.all === true) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    };
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = start(url, options, (response) => {
      void collect(response).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<SafeResponse> {
  const parts: Buffer[] = [];
  let length = 0;
  let isTruncated = false;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part.subarray(0, maxBodyBytes - length));
    length += part.length;
    isTruncated = length > maxBodyBytes;
    // Leaving the loop ends the connection, so that nothing more is read.
    if (isTruncated) break;
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(parts),
    isTruncated,
  };
}

/** Host and port of an address, as allow-lists name them. */
export function placeOf({ hostname, port, protocol }: URL): {
  readonly host: string;
  readonly port: number;
} {
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/\.$/, ''), port: port === '' ? usual : Number(port) };
}

function literalAddress({ hostname }: URL): string | undefined {
  const plain = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(plain) === 0 ? undefined : plain;
}

function notAllowed(url: URL): ToolError {
  return new ToolError('access_denied', `the host ${url.host} is not on the list of allowed hosts`);
}

function isPrivate(url: URL): ToolError {
  return new ToolError(
    'access_denied',
    `${url.host} leads to a private address; only a host that the list of allowed hosts names itself may do so`,
  );
}
