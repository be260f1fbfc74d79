/**
 * Reads how long an endpoint wants us to wait, in milliseconds: `retry-after-ms`, else `retry-after` in seconds or as an
 * HTTP date (RFC 9110, 10.2.3). Undefined when neither is there or makes sense; a date in the past is 0.
 */
export function retryAfterMs(headers: Headers | undefined, nowMs: number): number | undefined {
  const exact = parseAmount(headers?.get('retry-after-ms'));
  if (exact !== undefined) return Math.ceil(exact);
  const header = headers?.get('retry-after');
  const seconds = parseAmount(header);
  if (seconds !== undefined) return Math.ceil(seconds * 1_000);
  if (header === null || header === undefined) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function parseAmount(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text);
}
