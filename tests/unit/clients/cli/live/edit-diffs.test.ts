import { describe, expect, it } from '@jest/globals';

import { createEditDiffs } from '../../../../../clients/cli/live/edit-diffs.ts';
import type { CallDetail } from '../../../../../clients/effects-client.ts';
import { event } from '../run/fake-client.ts';

const callId = 'run/default/k1/main/t2/c0';
const ended = (tool: string, status = 'ok') =>
  event('tool.result', { callId, tool, preview: 'x', status });
const prepared =
  (detail: string) =>
  async (id: string): Promise<CallDetail> => ({
    callId: id,
    tool: 'edit_file',
    preview: 'x',
    detail,
  });

describe('createEditDiffs', () => {
  it.each([['edit_file'], ['write_file']])('shows %s as it was prepared', async (tool) => {
    const diffs = createEditDiffs(prepared('@@ -1 +1 @@\n-a\n+b'));

    await diffs.look(ended(tool));

    expect(diffs.of(callId)).toBe('@@ -1 +1 @@\n-a\n+b');
  });

  it.each([
    ['a call that changes no file', ended('shell')],
    ['an edit that failed', ended('edit_file', 'error')],
    ['an edit that only began', event('tool.started', { callId, tool: 'edit_file' })],
  ])('asks nothing about %s', async (_, item) => {
    let asked = 0;
    const diffs = createEditDiffs(async (id) => {
      asked += 1;
      return prepared('x')(id);
    });

    await diffs.look(item);

    expect(asked).toBe(0);
    expect(diffs.of(callId)).toBeUndefined();
  });

  it('does without when the call cannot be read', async () => {
    const diffs = createEditDiffs(() => Promise.reject(new Error('gone')));

    await diffs.look(ended('edit_file'));

    expect(diffs.of(callId)).toBeUndefined();
  });
});
