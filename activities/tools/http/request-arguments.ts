import { z } from 'zod';

import type { CallFacts } from '../../../domain/tools/facts.ts';
import type { Access } from '../../../domain/tools/access.ts';
import { textSchema } from '../argument-schemas.ts';
import { ToolError, type ToolContext, type ToolResult } from '../tool.ts';
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
  .describe('Further headers, names in lower case.');

/**
 * The facts of a request.
 * @throws {ToolError} access_denied in a run without network, or for a host that is not allowed.
 */
export function requestFacts(
  url: URL,
  {
    access,
    rules,
    networkAllowed,
  }: Pick<ToolContext, 'networkAllowed'> & {
    readonly access: Access;
    readonly rules: HostRules;
  },
): CallFacts {
  if (!networkAllowed) throw new ToolError('access_denied', 'this run has no network');
  checkUrl(url, rules);
  const { host } = placeOf(url);
  return {
    access,
    paths: [],
    commands: [],
    hosts: [url.port === '' ? host : `${host}:${url.port}`],
    unresolved: [],
  };
}

/** What the model is told of an answer; 400 and more are errors. */
export function resultOf(response: SafeResponse, url: URL): ToolResult {
  const text = responseText(response, url);
  if (response.status < 400) return { status: 'ok', text, progress: false };
  return { status: 'error', code: 'execution_error', text, progress: false };
}
