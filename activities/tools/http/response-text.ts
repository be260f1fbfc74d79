import { maxBodyBytes, type SafeResponse } from './safe-request.ts';

const textTypes =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript|yaml|toml)|application\/x-(?:yaml|sh|ndjson))/;

/** What a model reads of an answer: status and type, then the text; other bodies by size only. */
export function responseText(
  { status, headers, body, isTruncated }: SafeResponse,
  url: URL,
): string {
  const type = headers['content-type'] ?? '';
  const lines = [`${status} ${url.href}`];
  if (type !== '') lines.push(`content-type: ${type}`);
  if (headers.location !== undefined) lines.push(`location: ${headers.location}`);
  lines.push('');
  if (body.length === 0) lines.push('[no body]');
  else if (isText(type, body)) lines.push(body.toString('utf8'));
  else lines.push(`[${body.length} bytes that are no text]`);
  if (isTruncated)
    lines.push(`[the body is longer than ${maxBodyBytes} bytes; the rest was not read]`);
  return lines.join('\n');
}

function isText(type: string, body: Buffer): boolean {
  if (type !== '' && !textTypes.test(type)) return false;
  return !body.subarray(0, 8_000).includes(0);
}
