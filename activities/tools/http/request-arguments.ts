import { z } from 'zod';

import type { CallFacts } from '../../../domain/tools/facts.ts';
import type { Access } from '../../../domain/tools/access.ts';
import { textSchema } from '../argument-schemas.ts';
import { ToolError, type ToolContext, type ToolResult } from '../tool.ts';
import { carriesData } from './carried-data.ts';
import type { ToolSecrets } from '../tool-secrets.ts';
import { responseText } from './response-text.ts';
import { checkUrl, placeOf, type HostRules, type SafeResponse } from './safe-request.ts';

/** Longest time of a request with its redirects, in milliseconds. */
export const maxRequestMs = 30_000;

/** Headers that belong to the connection, to us, or say where a request goes: not for a model to set. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|idempotency-key|if-match|proxy-.*)$/;

const headerName = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a header name in lower case');

/** A value of a header as a model writes it. */
export const headerValueSchema = z
  .string()
  .regex(/^[\t\u0020-\u007E]{0,2000}$/, 'must be printable ASCII');

/** An address as a model writes it. */
export const urlSchema = textSchema(2_048)
  .refine((text) => URL.canParse(text), 'must be a full address such as https://example.org/page')
  .describe('Address to ask, http or https.');

/** Further headers as a model writes them. */
export const headersSchema = z
  .record(
    headerName.refine((name) => !ownHeaders.test(name), 'cannot be set'),
    headerValueSchema,
  )
  .default({})
  .describe(
    'Further headers, names in lower case. `secret://NAME` in a value stands for a secret that a person has named to you.',
  );

/**
 * The facts of a request.
 * @throws {ToolError} access_denied in a run without network, or for a host that is not allowed, or not for a secret of the
 * headers; dependency_missing naming a secret that is not there.
 */
export async function requestFacts(
  url: URL,
  {
    access,
    rules,
    networkAllowed,
    headers,
    secrets,
  }: Pick<ToolContext, 'networkAllowed'> & {
    readonly access: Access;
    readonly rules: HostRules;
    /** Headers that the model wrote. */
    readonly headers: Readonly<Record<string, string>>;
    readonly secrets: ToolSecrets;
  },
): Promise<CallFacts> {
  if (!networkAllowed) throw new ToolError('access_denied', 'this run has no network');
  checkUrl(url, rules);
  const { granted } = await secrets.forHeaders(headers, url);
  const { host } = placeOf(url);
  return {
    access,
    paths: [],
    commands: [],
    hosts: [url.port === '' ? host : `${host}:${url.port}`],
    ...(access === 'read' && carriesData(url, headers) ? { carries: true as const } : {}),
    unresolved: [],
    ...(granted.length === 0 ? {} : { secrets: granted }),
  };
}

/** What the model is told of an answer; 400 and more are errors. */
export function resultOf(response: SafeResponse, url: URL): ToolResult {
  const text = responseText(response, url);
  if (response.status < 400) return { status: 'ok', text, progress: false };
  return { status: 'error', code: 'execution_error', text, progress: false };
}
