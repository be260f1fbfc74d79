import type { LetterDraft } from '../../../domain/dead-letters/dead-letter.ts';
import { isJsonList, type Hash, type Json } from '../../../domain/json.ts';
import { redactionMark } from '../../../domain/redaction/redaction-mark.ts';
import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { hashText } from '../../../storage/hashing.ts';
import { redactMessage, redactSecrets } from '../../model/redact-key.ts';
import type { ToolResult } from '../../tools/tool.ts';

/** Arguments up to this many characters of JSON stand in the letter itself, longer ones in a blob. */
const maxInline = 2_048;

/** A letter, and the text that it names by hash. */
export interface WordedLetter {
  readonly draft: LetterDraft;
  readonly texts: ReadonlyMap<Hash, string>;
}

/** The letter of a call that is given up after its retries; undefined for every other result. */
export function letterOfResult(
  call: StoredCall,
  { code = 'execution_error', text, retries }: ToolResult,
): WordedLetter | undefined {
  if (retries === undefined) return undefined;
  const args = redactedArguments(call.arguments);
  const written = JSON.stringify(args);
  const isLong = written.length > maxInline;
  const hash = hashText(written);
  const draft: LetterDraft = {
    kind: 'tool',
    stepId: call.callId,
    tool: call.tool,
    digest: call.digest,
    args: isLong ? null : args,
    ...(isLong ? { argsBlob: hash } : {}),
    code,
    message: redactMessage(text, undefined),
    retries,
  };
  return { draft, texts: new Map(isLong ? [[hash, written]] : []) };
}

/** Names of fields whose value is a secret whatever it looks like. */
const secretNames = /authorization|cookie|password|passwd|secret|token|api[-_]?key/i;

/** Arguments without what is, or looks like, a secret. */
export function redactedArguments(value: Json, name = ''): Json {
  if (typeof value === 'string') {
    return secretNames.test(name) ? redactionMark : redactSecrets(value, undefined);
  }
  if (value === null || typeof value !== 'object') return value;
  // An array is an object without names of its own: its parts have the name of the whole.
  if (isJsonList(value)) return value.map((part) => redactedArguments(part, name));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, redactedArguments(part, key)]),
  );
}
