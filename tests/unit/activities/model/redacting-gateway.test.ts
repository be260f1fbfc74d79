import { describe, expect, it } from '@jest/globals';

import type {
  ChatDelta,
  ChatRequest,
  ChatResult,
} from '../../../../activities/model/model-gateway.ts';
import { redactingGateway } from '../../../../activities/model/redacting-gateway.ts';
import { Redactor } from '../../../../activities/redaction/redactor.ts';
import { modelEntrySchema } from '../../../../domain/models/model-entry-schema.ts';
import { ModelFault } from '../../../../domain/models/model-fault.ts';

const secret = 'c4nary/"value"';
const mark = '<<REDACTED>>';
const entry = modelEntrySchema.parse({ key: 'm', model: 'm' });
const request: ChatRequest = { entry, messages: [], tools: [] };
const usage = { model: `m-${secret}`, tokensIn: 1, tokensOut: 1, costMicroUsd: null };
const answer = (text: string): ChatResult => ({
  message: {
    role: 'assistant',
    text,
    toolCalls: [{ id: '1', name: 'shell', arguments: JSON.stringify({ command: secret }) }],
  },
  finishReason: 'stop',
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  usage: usage as ChatResult['usage'],
  model: usage.model,
  rehearsal: false,
});

function gatewayOf(chat: (request: ChatRequest) => Promise<ChatResult>) {
  const redactor = new Redactor();
  redactor.learn([secret]);
  return redactingGateway({ chat }, redactor);
}

describe('redactingGateway', () => {
  it('lets no secret into a prompt', async () => {
    let sent = '';
    const gateway = gatewayOf(async ({ messages }) => {
      sent = JSON.stringify(messages);
      return answer('');
    });

    await gateway.chat({ ...request, messages: [{ role: 'user', content: `use ${secret}` }] });

    expect(sent).toContain(`use ${mark}`);
  });

  it('takes secrets out of the answer, the arguments of calls and the names of models', async () => {
    const result = await gatewayOf(async () => answer(`it is ${secret}`)).chat(request);

    expect(result.message.text).toBe(`it is ${mark}`);
    expect(result.message.toolCalls[0]?.arguments).toBe(`{"command":"${mark}"}`);
    expect(JSON.stringify(result)).not.toContain('c4nary');
  });

  it('takes a secret out of words that come in pieces, and hands on all others', async () => {
    const deltas: ChatDelta[] = [];
    const pieces = ['it is c4nary', '/"val', 'ue", tru', 'st me, c4n'];
    const gateway = gatewayOf(async ({ onDelta }) => {
      for (const text of pieces) onDelta?.({ type: 'text', text });
      onDelta?.({ type: 'tool-call', index: 0, toolName: 'shell' });
      onDelta?.({ type: 'tool-arguments', index: 0, text: JSON.stringify(secret) });
      return answer('');
    });

    await gateway.chat({ ...request, onDelta: (delta) => deltas.push(delta) });

    const said = deltas.flatMap((delta) => (delta.type === 'text' ? delta.text : []));
    expect(said.join('')).toBe(`it is ${mark}, trust me, c4n`);
    expect(JSON.stringify(deltas)).not.toContain('c4nary');
    expect(deltas.some(({ type }) => type === 'tool-call')).toBe(true);
  });

  it('takes secrets out of faults and keeps the rest of them', async () => {
    const fault = new ModelFault({
      type: 'Model.RateLimited',
      kind: 'rate-limited',
      code: 'rate_limited',
      message: `wrong ${Buffer.from(secret).toString('base64')}`,
      retryAfterMs: 5,
      status: 429,
    });

    const thrown = gatewayOf(() => Promise.reject(fault)).chat(request);

    await expect(thrown).rejects.toMatchObject({
      message: `wrong ${mark}`,
      kind: 'rate-limited',
      retryAfterMs: 5,
      status: 429,
    });
  });
});
