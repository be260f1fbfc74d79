import { describe, expect, it } from '@jest/globals';

import { createEditDiffs, editDiff } from '../../../../../clients/cli/live/edit-diffs.ts';
import type { TranscriptEntry } from '../../../../../clients/holdfast-client.ts';
import { event } from '../run/fake-client.ts';

const edit = (args: object) => ({ name: 'edit_file', arguments: JSON.stringify(args) });

const done = (turn: number, index: number) =>
  event('tool.result', {
    callId: `run/default/k1/main/t${turn}/c${index}`,
    tool: 'edit_file',
    preview: 'edit a',
    status: 'ok',
  });

const answer = (calls: TranscriptEntry['toolCalls'] = []): TranscriptEntry => ({
  role: 'assistant',
  text: '',
  toolCalls: calls,
});

describe('editDiff', () => {
  it('leaves out lines that stay', () => {
    const call = edit({ path: 'a', oldText: 'one\ntwo\nthree\n', newText: 'one\n2\nthree\n' });

    expect(editDiff(call)).toBe('-two\n+2');
  });

  it('takes every line of a written file as new', () => {
    const call = {
      name: 'write_file',
      arguments: JSON.stringify({ path: 'a', content: 'x\ny\n' }),
    };

    expect(editDiff(call)).toBe('+x\n+y');
  });

  it.each([[{ name: 'shell', arguments: '{}' }], [{ name: 'edit_file', arguments: '{broken' }]])(
    'knows nothing of %j',
    (call) => {
      expect(editDiff(call)).toBeUndefined();
    },
  );
});

describe('createEditDiffs', () => {
  it('finds the call by its turn and place, and reads the conversation once a turn', async () => {
    let reads = 0;
    const diffs = createEditDiffs(async () => {
      reads += 1;
      return [
        { role: 'user', text: 'x' },
        answer(),
        answer([
          edit({ path: 'a', oldText: 'a', newText: 'b' }),
          edit({ path: 'a', oldText: 'c', newText: 'd' }),
        ]),
      ];
    });

    await diffs.look(done(2, 0));
    await diffs.look(done(2, 1));

    expect(diffs.of('run/default/k1/main/t2/c0')).toBe('-a\n+b');
    expect(diffs.of('run/default/k1/main/t2/c1')).toBe('-c\n+d');
    expect(reads).toBe(1);
  });

  it('does without when the conversation cannot be read', async () => {
    const diffs = createEditDiffs(() => Promise.reject(new Error('gone')));

    await diffs.look(done(1, 0));

    expect(diffs.of('run/default/k1/main/t1/c0')).toBeUndefined();
  });
});
