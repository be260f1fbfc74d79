import { createHash } from 'node:crypto';

import { redactSecrets } from '../../activities/model/redact-key.ts';
import { isJsonObject } from '../../domain/json.ts';
import { canonicalJson } from '../../storage/hashing.ts';
import type { ChatCompletionRequest } from './chat-request.ts';

/** Fields that say how an answer is delivered, how long it may be or who asks, not what is asked. */
const volatileFields = new Set([
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'user',
  'metadata',
  'store',
  'prompt_cache_key',
  'safety_identifier',
]);

/** Parts of texts that differ from run to run: times, random ids, durations, folders of one run. */
const volatileTexts: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d+(\.\d+)?\s?(ms|milliseconds|s|sec|seconds)\b/g, '<duration>'],
  [/\bduration_ms:? \d+(\.\d+)?/g, '<duration>'],
  [/\/(tmp|var\/tmp)\/[A-Za-z0-9._-]+/g, '<folder>'],
];

/** Reduces a request to what decides the answer: no delivery fields, no secrets, no texts that change by themselves. */
export function canonicalRequest(request: ChatCompletionRequest): unknown {
  const fields = Object.entries(request).filter(([name]) => !volatileFields.has(name));
  return settle(Object.fromEntries(fields));
}

/** Names a canonical request: SHA-256 of its RFC 8785 form, 32 hex digits, fit for a file name. */
export function requestKey(canonical: unknown): string {
  return createHash('sha256').update(canonicalJson(canonical)).digest('hex').slice(0, 32);
}

function settle(value: unknown): unknown {
  if (typeof value === 'string') return settleText(value);
  if (Array.isArray(value)) return value.map(settle);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, settle(inner)]));
}

function settleText(text: string): string {
  return volatileTexts.reduce(
    (clean, [shape, name]) => clean.replaceAll(shape, name),
    redactSecrets(text, undefined),
  );
}

/** Lists where two canonical requests differ, one line each, in order; at most `limit` lines. */
export function differences(recorded: unknown, received: unknown, limit = 5): readonly string[] {
  return [...differ(recorded, received, '')].slice(0, limit);
}

/** Counts where two canonical requests differ. */
export function distance(recorded: unknown, received: unknown): number {
  return [...differ(recorded, received, '')].length;
}

function* differ(recorded: unknown, received: unknown, path: string): Generator<string> {
  if (Array.isArray(recorded) && Array.isArray(received)) {
    for (let at = 0; at < Math.max(recorded.length, received.length); at += 1) {
      yield* differ(recorded[at], received[at], `${path}[${at}]`);
    }
    return;
  }
  if (isJsonObject(recorded) && isJsonObject(received)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(received)])) {
      yield* differ(recorded[name], received[name], path === '' ? name : `${path}.${name}`);
    }
    return;
  }
  if (recorded !== received)
    yield `${path}: recorded ${around(recorded, received)}, received ${around(received, recorded)}`;
}

/** Shows a value; of a long text the part where it leaves the other. */
function around(value: unknown, other: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= 80) return JSON.stringify(text);
  const rival = typeof other === 'string' ? other : '';
  let at = 0;
  while (at < text.length && text[at] === rival[at]) at += 1;
  const from = Math.max(0, at - 20);
  const part = text.slice(from, from + 80);
  return JSON.stringify(`${from > 0 ? '…' : ''}${part}${from + 80 < text.length ? '…' : ''}`);
}
