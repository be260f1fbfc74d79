import { isJsonObject } from '../../../domain/json.ts';

/** Longest error body that is read, in characters. */
const maxErrorLength = 20_000;

/**
 * Wraps fetch so that every refusal has the body `{error: {message, …}}`: the client drops the text of servers that
 * put it elsewhere, and with it the words that tell the causes apart.
 */
export function readableErrors(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    if (response.ok) return response;
    const text = (await response.text()).slice(0, maxErrorLength);
    const headers = new Headers(response.headers);
    headers.delete('content-encoding');
    headers.delete('content-length');
    const body = JSON.stringify({ error: errorOf(text) });
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers,
    });
  };
}

function errorOf(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    if (!isJsonObject(body)) return { message: text };
    const error = body['error'] ?? body['detail'] ?? body;
    if (isJsonObject(error)) return error;
    return { message: typeof error === 'string' ? error : JSON.stringify(error) };
  } catch {
    return { message: text === '' ? 'no explanation' : text };
  }
}
