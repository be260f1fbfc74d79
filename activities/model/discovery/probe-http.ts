import { z } from 'zod';

import { redactMessage } from '../redact-key.ts';

/** How an endpoint answered a probe. */
export type Probe =
  | { readonly state: 'ready'; readonly body: unknown }
  | {
      readonly state: 'unauthenticated' | 'unreachable' | 'timeout' | 'failed';
      readonly why: string;
    };

export interface ProbeOptions {
  readonly apiKey?: string | undefined;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** Limit of this probe, in milliseconds. */
  readonly timeoutMs: number;
  /** Limit of all probes together. */
  readonly signal: AbortSignal;
}

/** Asks one address once. Never throws, and its `why` holds no key. */
export async function probe(url: string, options: ProbeOptions): Promise<Probe> {
  const { apiKey, method = 'GET', body, timeoutMs, signal } = options;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.text();
    if (response.status === 401 || response.status === 403) {
      return { state: 'unauthenticated', why: `the key is refused (${response.status})` };
    }
    if (!response.ok) return { state: 'failed', why: `it answered ${response.status}` };
    return { state: 'ready', body: parseJson(text) };
  } catch (error) {
    return unanswered(error, apiKey);
  }
}

function unanswered(error: unknown, apiKey: string | undefined): Probe {
  const { name, cause } = failureShape.parse(error);
  if (name === 'TimeoutError' || name === 'AbortError') {
    return { state: 'timeout', why: 'it takes the connection and does not answer' };
  }
  const code = cause?.code ?? cause?.message ?? name;
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return { state: 'timeout', why: 'no connection in time' };
  const why = code === 'ECONNREFUSED' ? 'nothing listens there' : code;
  return { state: 'unreachable', why: redactMessage(why, apiKey) };
}

// An error of fetch may come from another realm, so it is read by its shape.
const failureShape = z
  .object({
    name: z.string().catch('Error'),
    cause: z
      .object({
        code: z.string().optional().catch(undefined),
        message: z.string().optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  })
  .catch({ name: 'Error' });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
