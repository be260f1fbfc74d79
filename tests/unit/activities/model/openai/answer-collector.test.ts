import { describe, expect, it } from '@jest/globals';

import { AnswerCollector } from '../../../../../activities/model/openai/answer-collector.ts';
import type { ChatDelta } from '../../../../../activities/model/model-gateway.ts';

function collect(chunks: readonly unknown[]): { answer: AnswerCollector; deltas: ChatDelta[] } {
  const deltas: ChatDelta[] = [];
  const answer = new AnswerCollector((delta) => deltas.push(delta));
  for (const chunk of chunks) answer.add(JSON.parse(JSON.stringify(chunk)));
  return { answer, deltas };
}

const part = (delta: unknown, finish?: string): unknown => ({
  choices: [{ index: 0, delta, finish_reason: finish ?? null }],
});
const call = (
  index: number | undefined,
  id: string | undefined,
  name?: string,
  text?: string,
): unknown => part({ tool_calls: [{ index, id, function: { name, arguments: text } }] });

describe('AnswerCollector', () => {
  it('puts text and interleaved calls together by index', () => {
    const { answer, deltas } = collect([
      part({ role: 'assistant', content: 'Let ' }),
      part({ content: 'me.' }),
      call(0, 'a', 'read', '{"p"'),
      call(1, 'b', 'list', ''),
      call(0, undefined, undefined, ':1}'),
      call(1, undefined, undefined, '{}'),
      part({}, 'tool_calls'),
    ]);

    expect(answer.message).toEqual({
      role: 'assistant',
      text: 'Let me.',
      toolCalls: [
        { id: 'a', name: 'read', arguments: '{"p":1}' },
        { id: 'b', name: 'list', arguments: '{}' },
      ],
    });
    expect(answer.finishReason).toBe('tool-calls');
    expect(deltas.filter(({ type }) => type === 'tool-call')).toEqual([
      { type: 'tool-call', index: 0, toolName: 'read' },
      { type: 'tool-call', index: 1, toolName: 'list' },
    ]);
  });

  it.each([0, undefined])('tells calls apart that all come with index %s', (index) => {
    const { answer } = collect([
      call(index, 'a', 'read', '{"p":1}'),
      call(index, 'b', 'read', '{"p":2}'),
    ]);

    expect(answer.message.toolCalls.map((found) => found.arguments)).toEqual([
      '{"p":1}',
      '{"p":2}',
    ]);
  });

  it('names calls that come without an id, and keeps malformed arguments as text', () => {
    const { answer } = collect([call(0, undefined, 'read', '{"p": ')]);

    expect(answer.message.toolCalls).toEqual([{ id: 'call_0', name: 'read', arguments: '{"p": ' }]);
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['eos', 'other'],
  ])('reads the finish reason %s as %s', (word, expected) => {
    expect(collect([part({}, word)]).answer.finishReason).toBe(expected);
  });

  it('has no finish reason while none came', () => {
    expect(collect([part({ content: 'x' })]).answer.finishReason).toBeUndefined();
  });

  it('streams reasoning apart from the text', () => {
    const { answer, deltas } = collect([
      part({ reasoning_content: 'hm' }),
      part({ content: 'ok' }),
    ]);

    expect(answer.message.text).toBe('ok');
    expect(deltas).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'ok' },
    ]);
  });

  it.each([
    [null],
    [5],
    [{}],
    [{ choices: null }],
    [{ choices: 'x' }],
    [{ choices: [null] }],
    [{ choices: [{ delta: null }] }],
    [{ choices: [{ delta: { content: 5, tool_calls: 'x' } }] }],
    [{ choices: [{ delta: { tool_calls: [null, 3, {}] } }] }],
    [{ choices: [], usage: 'much', model: 7 }],
    [{ choices: [], usage: { prompt_tokens: '5' } }],
  ])('survives the chunk %j', (chunk) => {
    const { answer } = collect([chunk]);

    expect(answer.usage).toBeUndefined();
    expect(answer.finishReason).toBeUndefined();
  });
});
