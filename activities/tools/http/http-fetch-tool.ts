import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { hashText } from '../../../storage/hashing.ts';
import { errorCode } from '../../workspace/files/open-at.ts';
import { textSchema } from '../argument-schemas.ts';
import {
  ToolError,
  TransientToolError,
  type PerformContext,
  type Tool,
  type ToolResult,
} from '../tool.ts';
import { responseText } from './response-text.ts';
import {
  checkUrl,
  placeOf,
  sendSafely,
  wordsOf,
  type HostRules,
  type SafeRequest,
  type SafeResponse,
} from './safe-request.ts';

/** Redirects that are followed. */
const maxRedirects = 5;
/** Time of a request with its redirects. Milliseconds. */
const maxMs = 30_000;

/** Headers that belong to the connection or say where a request goes: not for a model to set. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|idempotency-key|proxy-.*)$/;

const headerName = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a header name in lower case');
const headerValue = z.string().regex(/^[\t\u0020-\u007E]{0,2000}$/, 'must be printable ASCII');

const schema = z
  .strictObject({
    url: textSchema(2_048)
      .refine(
        (text) => URL.canParse(text),
        'must be a full address such as https://example.org/page',
      )
      .describe('Address to ask, http or https.'),
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('GET')
      .describe('GET and HEAD read; the others count as changes.'),
    headers: z
      .record(
        headerName.refine((name) => !ownHeaders.test(name), 'cannot be set'),
        headerValue,
      )
      .default({})
      .describe('Further headers, names in lower case.'),
    body: textSchema(100_000).optional().describe('Body of POST, PUT and PATCH.'),
  })
  .refine(({ method, body }) => body === undefined || method.startsWith('P'), {
    path: ['body'],
    message: 'belongs to POST, PUT and PATCH only',
  });

type HttpFetchArguments = z.infer<typeof schema>;

/**
 * Asks a web server. Redirects are followed on the same host only: another host is another call, for policy to judge.
 * A change whose answer nobody saw cannot be probed; it carries an Idempotency-Key of its position for servers that know it.
 */
export function createHttpFetchTool(rules: HostRules): Tool<HttpFetchArguments> {
  return {
    name: 'http_fetch',
    version: 1,
    access: 'change',
    needs: 'network',
    description:
      'Asks a web server and shows status, type and text of its answer, at most 1 MB. Only hosts that are allowed can be asked.',
    schema,
    prepare: async (args, { networkAllowed }) => {
      if (!networkAllowed) throw new ToolError('access_denied', 'this run has no network');
      const url = new URL(args.url);
      checkUrl(url, rules);
      return {
        facts: {
          access: isRead(args.method) ? 'read' : 'change',
          paths: [],
          commands: [],
          hosts: [url.port === '' ? placeOf(url).host : `${placeOf(url).host}:${url.port}`],
          unresolved: [],
        },
        preconditions: null,
        preview: previewOf(`${args.method} ${url.origin}${url.pathname}`),
        detail: detailOf(args, url),
      };
    },
    perform: (args, context) => fetchText(rules, args, context),
  };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** A gateway without the server behind it, or one that is starting (RFC 9110, 15.6.3 to 15.6.5). */
function isPassing({ status }: SafeResponse): boolean {
  return status === 502 || status === 503 || status === 504;
}

function detailOf({ method, headers, body }: HttpFetchArguments, url: URL): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url.href}`, ...lines, ...(body === undefined ? [] : ['', body])].join('\n');
}

async function fetchText(
  rules: HostRules,
  args: HttpFetchArguments,
  { signal, callId, timeoutMs }: PerformContext,
): Promise<ToolResult> {
  const timeout = AbortSignal.timeout(Math.min(maxMs, timeoutMs));
  const key = isRead(args.method) ? {} : { 'idempotency-key': hashText(callId) };
  const request: SafeRequest = {
    url: new URL(args.url),
    method: args.method,
    headers: { 'user-agent': 'holdfast', accept: '*/*', ...args.headers, ...key },
    body: args.body,
    signal: AbortSignal.any([signal, timeout]),
  };
  try {
    return await follow(rules, request);
  } catch (error) {
    signal.throwIfAborted();
    // A change may have arrived although its answer did not: that is for the ledger to say, not for the model.
    if (error instanceof ToolError || !(isRead(args.method) || wasNeverSent(error))) throw error;
    if (timeout.aborted) throw new ToolError('timeout', `${args.url} did not answer in time`);
    throw new TransientToolError('execution_error', `${request.url.host}: ${wordsOf(error)}`);
  }
}

/** True when no connection came about, so that no server saw the request. */
function wasNeverSent(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes(code);
}

async function follow(rules: HostRules, request: SafeRequest): Promise<ToolResult> {
  let { url } = request;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await sendSafely(rules, { ...request, url });
    const target = redirectOf(response, url);
    if (target === undefined || !isRead(request.method)) {
      const result = resultOf(response, url);
      if (isRead(request.method) && isPassing(response)) {
        throw new TransientToolError('execution_error', result.text);
      }
      return result;
    }
    // A redirect is checked before its answer is shown: what is not allowed is refused, whoever names it.
    checkUrl(target, rules);
    if (target.host !== url.host) return otherHost(response, target);
    url = target;
  }
  throw new ToolError('execution_error', `${request.url.host} redirects without end`);
}

function redirectOf({ status, headers }: SafeResponse, url: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined)
    return undefined;
  return URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined;
}

function otherHost({ status }: SafeResponse, target: URL): ToolResult {
  return {
    status: 'ok',
    text: `${status}: the answer is on another host, which was not asked: fetch ${target.href} if you need it`,
    progress: false,
  };
}

function resultOf(response: SafeResponse, url: URL): ToolResult {
  const text = responseText(response, url);
  if (response.status < 400) return { status: 'ok', text, progress: false };
  return { status: 'error', code: 'execution_error', text, progress: false };
}
