import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import type { Answer, Reply } from './answer.ts';
import type { ScriptFault } from './script-schema.ts';

/** Says that no real model was asked. */
const rehearsalHeaders = { 'x-holdfast-rehearsal': '1' } as const;

/** How the client wants the answer, and how fast it comes. */
export interface Delivery {
  readonly isStreamed: boolean;
  readonly includesUsage: boolean;
  /** Wait between tokens in milliseconds; 0 sends all at once. */
  readonly tokenDelayMs: number;
  /** Names the answer: the same request gives the same id. */
  readonly id: string;
}

type Stream = { readonly response: ServerResponse; readonly delivery: Delivery };

/** Writes one answer. Returns when nothing more will be written, which for a stall is at once. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  delivery: Delivery,
): Promise<void> {
  switch (answer.type) {
    case 'reply':
      if (answer.reply.delayMs > 0) await wait(answer.reply.delayMs);
      await (delivery.isStreamed
        ? sendStream({ response, delivery }, answer.reply)
        : Promise.resolve(sendBody(response, answer.reply, delivery)));
      return;
    case 'fault':
      await sendFault({ response, delivery }, answer.fault, answer.reply);
      return;
    case 'refused':
      sendRefusal(response, answer);
      return;
  }
}

function sendRefusal(
  response: ServerResponse,
  { status, code, message, details }: Extract<Answer, { type: 'refused' }>,
): void {
  const error = { message, type: 'rehearsal_mismatch', code, ...details };
  // Asking again changes nothing, whatever the status usually means.
  sendJson(response, { status, headers: { 'x-should-retry': 'false' }, body: { error } });
}

/** Writes a JSON body with the headers of a rehearsal. */
export function sendJson(
  response: ServerResponse,
  {
    status,
    headers,
    body,
  }: { status: number; headers?: { readonly [name: string]: string }; body: unknown },
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...rehearsalHeaders,
    ...headers,
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function sendFault(stream: Stream, fault: ScriptFault, reply: Reply): Promise<void> {
  switch (fault.type) {
    case 'status': {
      const error = {
        message: `scripted status ${fault.status}`,
        type: 'rehearsal_fault',
        code: null,
      };
      sendJson(stream.response, { ...fault, body: fault.body ?? { error } });
      return;
    }
    case 'disconnect':
      stream.response.destroy();
      return;
    case 'stall':
      if (fault.afterTokens === undefined) return;
      await sendTokens(stream, reply, fault.afterTokens);
      return;
    case 'cut':
      await sendTokens(stream, reply, fault.afterTokens);
      if (fault.how === 'end') stream.response.end();
      else stream.response.destroy();
  }
}

async function sendStream(stream: Stream, reply: Reply): Promise<void> {
  const { response, delivery } = stream;
  if (delivery.tokenDelayMs > 0) await sendTokens(stream, reply, Number.POSITIVE_INFINITY);
  else startStream(response, reply);
  const all =
    delivery.tokenDelayMs > 0 ? [] : pieces(reply).map((delta) => chunk(reply, delivery, delta));
  const end = [
    event(base(reply, delivery), [{ index: 0, delta: {}, finish_reason: reply.finishReason }]),
  ];
  if (delivery.includesUsage && reply.usage !== undefined) {
    end.push(event({ ...base(reply, delivery), usage: reply.usage }, []));
  }
  response.end([...all, ...end, 'data: [DONE]\n\n'].join(''));
}

async function sendTokens(
  { response, delivery }: Stream,
  reply: Reply,
  count: number,
): Promise<void> {
  startStream(response, reply);
  response.flushHeaders();
  // The first piece only opens the message; it is no token.
  for (const delta of pieces(reply).slice(0, count + 1)) {
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(chunk(reply, delivery, delta), resolve));
    if (delivery.tokenDelayMs > 0) await wait(delivery.tokenDelayMs);
  }
}

function startStream(response: ServerResponse, reply: Reply): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    ...rehearsalHeaders,
    ...reply.headers,
  });
}

/** Cuts a reply into deltas: words of the text, then each call's name, then its arguments in short pieces. */
function pieces(reply: Reply): readonly object[] {
  const words = reply.text?.match(/\s*\S+|\s+$/g) ?? [];
  return [
    { role: 'assistant', content: '' },
    ...words.map((content) => ({ content })),
    ...reply.toolCalls.flatMap((call, index) => [
      {
        tool_calls: [
          { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } },
        ],
      },
      ...(call.arguments.match(/[\s\S]{1,24}/g) ?? []).map((part) => ({
        tool_calls: [{ index, function: { arguments: part } }],
      })),
    ]),
  ];
}

function chunk(reply: Reply, delivery: Delivery, delta: object): string {
  return event(base(reply, delivery), [{ index: 0, delta, finish_reason: null }]);
}

function event(head: object, choices: readonly object[]): string {
  return `data: ${JSON.stringify({ ...head, choices })}\n\n`;
}

function base(reply: Reply, { id }: Delivery): object {
  return { id, object: 'chat.completion.chunk', created: 0, model: reply.model };
}

function sendBody(response: ServerResponse, reply: Reply, { id }: Delivery): void {
  const toolCalls = reply.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: 'assistant',
    content: reply.text ?? null,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
  const choices = [{ index: 0, message, finish_reason: reply.finishReason }];
  const body = { id, object: 'chat.completion', created: 0, model: reply.model, choices };
  const usage = reply.usage === undefined ? {} : { usage: reply.usage };
  sendJson(response, { status: 200, headers: reply.headers, body: { ...body, ...usage } });
}
