import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { noToolSecrets } from '../../secrets/tool-secrets.ts';
import {
  ToolError,
  TransientToolError,
  type PerformContext,
  type Tool,
  type ToolResult,
} from '../tool.ts';
import type { ToolSecrets } from '../tool-secrets.ts';
import {
  headersSchema,
  maxRequestMs,
  requestFacts,
  resultOf,
  urlSchema,
} from './request-arguments.ts';
import {
  checkRedirect,
  checkUrl,
  sendSafely,
  wordsOf,
  type HostRules,
  type SafeRequest,
  type SafeResponse,
} from './safe-request.ts';

/** Redirects that are followed. */
const maxRedirects = 5;

const schema = z.strictObject({
  url: urlSchema,
  method: z.enum(['GET', 'HEAD']).default('GET').describe('GET, or HEAD for the headers alone.'),
  headers: headersSchema,
});

type HttpFetchArguments = z.infer<typeof schema>;

/**
 * Reads from a web server. Redirects are followed on the same host only: another host is another call, for policy to
 * judge.
 */
export function createHttpFetchTool(
  rules: HostRules,
  secrets: ToolSecrets = noToolSecrets,
): Tool<HttpFetchArguments> {
  return {
    name: 'http_fetch',
    version: 2,
    access: 'read',
    needs: 'network',
    description:
      'Reads from a web server and shows status, type and text of its answer, at most 1 MB. Only hosts that are allowed can be asked. To change something use http_request.',
    schema,
    prepare: async (args, { networkAllowed }) => {
      const url = new URL(args.url);
      const { headers } = args;
      const wanted = { access: 'read', rules, networkAllowed, headers, secrets } as const;
      return {
        facts: await requestFacts(url, wanted),
        preconditions: null,
        preview: previewOf(`${args.method} ${url.origin}${url.pathname}`),
        detail: detailOf(args, url),
      };
    },
    perform: async (args, context) => {
      const { headers } = await secrets.forHeaders(args.headers, new URL(args.url));
      return fetchText(rules, { ...args, headers }, context);
    },
  };
}

/** A gateway without the server behind it, or one that is starting (RFC 9110, 15.6.3 to 15.6.5). */
function isPassing({ status }: SafeResponse): boolean {
  return status === 502 || status === 503 || status === 504;
}

function detailOf({ method, headers }: HttpFetchArguments, url: URL): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url.href}`, ...lines].join('\n');
}

async function fetchText(
  rules: HostRules,
  args: HttpFetchArguments,
  { signal, timeoutMs }: PerformContext,
): Promise<ToolResult> {
  const timeout = AbortSignal.timeout(Math.min(maxRequestMs, timeoutMs));
  const request: SafeRequest = {
    url: new URL(args.url),
    method: args.method,
    headers: { 'user-agent': 'holdfast', accept: '*/*', ...args.headers },
    signal: AbortSignal.any([signal, timeout]),
  };
  try {
    return await follow(rules, request);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ToolError) throw error;
    if (timeout.aborted) throw new ToolError('timeout', `${args.url} did not answer in time`);
    throw new TransientToolError('execution_error', `${request.url.host}: ${wordsOf(error)}`);
  }
}

async function follow(rules: HostRules, request: SafeRequest): Promise<ToolResult> {
  let { url } = request;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await sendSafely(rules, { ...request, url });
    const target = redirectOf(response, url);
    if (target === undefined) {
      const result = resultOf(response, url);
      if (isPassing(response)) throw new TransientToolError('execution_error', result.text);
      return result;
    }
    // A redirect is checked before its answer is shown: what is not allowed is refused, whoever names it.
    checkUrl(target, rules);
    if (target.host !== url.host) return otherHost(response, target);
    // What was sent closed in must not go on in the open.
    checkRedirect(url, target);
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
    text: `${status}: the answer is elsewhere, where nobody was asked: fetch ${target.href} if you need it`,
    progress: false,
  };
}
