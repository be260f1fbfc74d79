import { z } from 'zod';

import type { CallFacts } from '../../../domain/tools/facts.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { hashText } from '../../../storage/hashing.ts';
import { noToolSecrets } from '../../secrets/tool-secrets.ts';
import { errorCode } from '../../workspace/files/open-at.ts';
import { textSchema } from '../argument-schemas.ts';
import {
  ToolError,
  TransientToolError,
  type PerformContext,
  type ProbeResult,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';
import type { ToolSecrets } from '../tool-secrets.ts';
import { hostStanding } from './host-list.ts';
import {
  headersSchema,
  headerValueSchema,
  maxRequestMs,
  requestFacts,
  resultOf,
  urlSchema,
} from './request-arguments.ts';
import { placeOf, sendSafely, wordsOf, type HostRules, type SafeRequest } from './safe-request.ts';
import { takeBackRequest } from './take-back-request.ts';

/** Which servers may be asked, and which of them know a repeated request by its key. */
export interface ChangeRules extends HostRules {
  /** Hosts that keep the answer of an Idempotency-Key, as allow-lists name them. */
  readonly idempotentHosts: readonly string[];
}

const bodyless = { path: ['body'], message: 'belongs to POST, PUT and PATCH only' };

const schema = z
  .strictObject({
    url: urlSchema,
    method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).describe('What to do.'),
    headers: headersSchema,
    body: textSchema(100_000).optional().describe('Body of POST, PUT and PATCH.'),
    ifMatch: headerValueSchema
      .min(1)
      .optional()
      .describe('ETag that the resource must still have; the server refuses the change else.'),
    undo: z
      .strictObject({
        url: urlSchema,
        method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).describe('What to do.'),
        headers: headersSchema,
        body: textSchema(100_000).optional().describe('Body of POST, PUT and PATCH.'),
      })
      .refine(({ method, body }) => body === undefined || method !== 'DELETE', bodyless)
      .optional()
      .describe('Request by which a person can have this change taken back later.'),
  })
  .refine(({ method, body }) => body === undefined || method !== 'DELETE', bodyless);

type HttpRequestArguments = z.infer<typeof schema>;

/**
 * Asks a web server to change something. It is sent once: no redirect is followed, and it carries an Idempotency-Key made
 * of its position. Sent again after a lost answer it is only to a server that is declared to know the key, or where an
 * ETag shows that nothing has changed and keeps it from happening twice.
 */
export function createHttpRequestTool(
  rules: ChangeRules,
  secrets: ToolSecrets = noToolSecrets,
): Tool<HttpRequestArguments> {
  const filled = async (args: HttpRequestArguments): Promise<HttpRequestArguments> => {
    const { headers } = await secrets.forHeaders(args.headers, new URL(args.url));
    return { ...args, headers };
  };
  const factsOf = async (
    { url, headers }: Pick<HttpRequestArguments, 'url' | 'headers'>,
    { networkAllowed }: Pick<ToolContext, 'networkAllowed'>,
  ): Promise<CallFacts> =>
    requestFacts(new URL(url), { access: 'change', rules, networkAllowed, headers, secrets });
  return {
    name: 'http_request',
    version: 1,
    access: 'change',
    needs: 'network',
    description:
      'Asks a web server to change something (POST, PUT, PATCH, DELETE) and shows its answer. Only hosts that are allowed can be asked; redirects are not followed.',
    schema,
    effect: {
      precondition: 'If-Match, where an ETag is given',
      probe:
        'a server declared to know Idempotency-Key is asked again with the same key; with an ETag a GET tells; else none',
      undo: 'sends the request that the call declares as its undo; none without it: ask the server for it by hand',
    },
    prepare: async (args, { networkAllowed }) => {
      const url = new URL(args.url);
      const facts = await factsOf(args, { networkAllowed });
      const back =
        args.undo === undefined ? undefined : await factsOf(args.undo, { networkAllowed });
      return {
        facts: withWayBack(facts, back),
        preconditions: args.ifMatch === undefined ? null : { etag: args.ifMatch },
        preview: previewOf(`${args.method} ${url.origin}${url.pathname}`),
        detail: detailOf(args, url),
      };
    },
    perform: async (args, context) => sendChange(rules, await filled(args), context),
    probe: async (args, context) => probeChange(rules, await filled(args), context),
    takeBack: takeBackRequest<HttpRequestArguments>({
      factsOf,
      detailOf: (args) => detailOf(args, new URL(args.url)),
      send: async (args, context) => sendChange(rules, await filled(args), context),
      probe: async (args, context) => probeChange(rules, await filled(args), context),
    }),
  };
}

/** What is asked of the call is asked of its way back too: whoever lets it happen lets that happen. */
function withWayBack(facts: CallFacts, back: CallFacts | undefined): CallFacts {
  if (back === undefined) return facts;
  const secrets = [...new Set([...(facts.secrets ?? []), ...(back.secrets ?? [])])];
  return {
    ...facts,
    hosts: [...new Set([...facts.hosts, ...back.hosts])],
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function detailOf(
  { method, headers, body, ifMatch, undo }: HttpRequestArguments,
  url: URL,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const match = ifMatch === undefined ? [] : [`if-match: ${ifMatch}`];
  const text = body === undefined ? [] : ['', body];
  const back =
    undo === undefined ? [] : ['', 'to take it back:', detailOf(undo, new URL(undo.url))];
  return [`${method} ${url.href}`, ...lines, ...match, ...text, ...back].join('\n');
}

function requestOf(
  { url, method, headers, body, ifMatch }: HttpRequestArguments,
  { callId, signal, timeoutMs }: PerformContext,
): SafeRequest {
  const timeout = AbortSignal.timeout(Math.min(maxRequestMs, timeoutMs));
  return {
    url: new URL(url),
    method,
    headers: {
      'user-agent': 'holdfast',
      accept: '*/*',
      ...headers,
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      'idempotency-key': hashText(callId),
    },
    body,
    signal: AbortSignal.any([signal, timeout]),
  };
}

async function sendChange(
  rules: HostRules,
  args: HttpRequestArguments,
  context: PerformContext,
): Promise<ToolResult> {
  const request = requestOf(args, context);
  try {
    const response = await sendSafely(rules, request);
    if (gatewayStatuses.has(response.status)) throw noWord(request.url, response.status);
    return resultOf(response, request.url);
  } catch (error) {
    // It may have arrived although its answer did not: that is for the ledger to say, not for the model.
    if (error instanceof ToolError || !wasNeverSent(error)) throw error;
    throw new TransientToolError('execution_error', `${request.url.host}: ${wordsOf(error)}`);
  }
}

/**
 * What a server in between answers when the one behind it did not: that one may have done all of it (RFC 9110, 15.6.3 to
 * 15.6.5).
 */
const gatewayStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

function noWord({ host }: URL, status: number): HoldfastError {
  const message = `${host} answered ${status}: whether the change happened behind it is not known`;
  return new HoldfastError('effect_unknown', message);
}

/** True when no connection came about, so that no server saw the request. */
function wasNeverSent(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes(code);
}

async function probeChange(
  rules: ChangeRules,
  args: HttpRequestArguments,
  context: PerformContext,
): Promise<ProbeResult> {
  const url = new URL(args.url);
  if (hostStanding(rules.idempotentHosts, placeOf(url)) !== 'absent') {
    // The server gives back the answer of the first request when it has seen the key.
    return { type: 'did-not-happen' };
  }
  if (args.ifMatch === undefined) {
    return {
      type: 'no-answer',
      why: `${url.host} is not declared to know repeated requests, and no ETag was given`,
    };
  }
  const { body: _, ...request } = requestOf(args, context);
  const headers = { 'user-agent': 'holdfast', accept: '*/*', ...args.headers };
  const answer = await sendSafely(rules, { ...request, method: 'GET', headers });
  // Should the first request be on its way still, the same condition lets only one of the two through.
  if (answer.headers.etag === args.ifMatch) return { type: 'did-not-happen' };
  return {
    type: 'no-answer',
    why: `the resource has changed (ETag ${answer.headers.etag ?? 'missing'}); by whom it does not say`,
  };
}
