import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint that gives away what it was sent. */
export interface EchoModel {
  /** Base address of its OpenAI API. */
  readonly url: string;
  /** Keys that it was sent, in order. */
  readonly keys: readonly string[];
  readonly close: () => void;
}

/**
 * Starts a model that repeats the key of the request: first in an answer, where it is cut in two and stands in the
 * arguments of a call, then in an error.
 */
export async function startEchoModel(): Promise<EchoModel> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    const key = (request.headers.authorization ?? '').replace('Bearer ', '');
    keys.push(key);
    request.resume().on('end', () => {
      if (keys.length > 1) {
        const message = `wrong key ${key}, ${Buffer.from(key).toString('base64')} or ${encodeURIComponent(key)}`;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message, type: key, code: key } }));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const delta of answerWith(key)) {
        const choices = [{ index: 0, delta, finish_reason: null }];
        response.write(`data: ${JSON.stringify({ model: `echo-${key}`, choices })}\n\n`);
      }
      const choices = [{ index: 0, delta: {}, finish_reason: 'tool_calls' }];
      response.end(`data: ${JSON.stringify({ choices })}\n\ndata: [DONE]\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, keys, close: () => server.close() };
}

function answerWith(key: string): readonly object[] {
  const half = Math.floor(key.length / 2);
  const base64 = Buffer.from(`x${key}`).toString('base64');
  const args = JSON.stringify({ path: `${key}/${base64}` });
  return [
    { role: 'assistant', content: `your key is ${key.slice(0, half)}` },
    { content: `${key.slice(half)}, that is ${base64}` },
    {
      tool_calls: [
        {
          index: 0,
          id: 'call_0',
          type: 'function',
          function: { name: 'read_file', arguments: args.slice(0, 25) },
        },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: args.slice(25) } }] },
  ];
}
