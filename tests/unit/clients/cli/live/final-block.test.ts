import { describe, expect, it } from '@jest/globals';

import { finalBlock } from '../../../../../clients/cli/live/final-block.ts';
import { createStyles } from '../../../../../clients/cli/output/styles.ts';
import type { RunDetail } from '../../../../../clients/runs-client.ts';
import { runDetail } from '../run/fake-client.ts';

const payload = { artifacts: [], nextSteps: ['tag it'], notes: [], finishedBy: 'finish' } as const;
const result = (summary: string): RunDetail['result'] => ({
  runId: 'run/default/k1',
  status: 'completed',
  stopReason: 'finished',
  specialistIds: [],
  isTaskForce: false,
  requiredCapabilities: [],
  payload: { ...payload, summary },
  model: 'gpt',
  tokensIn: 1_200,
  tokensOut: 34,
  costMicroUsd: null,
  version: 1,
});

describe('finalBlock', () => {
  it('tells result, files, use and what to do next', () => {
    const lines = finalBlock(
      {
        run: runDetail({ result: result('It adds now.'), costMicroUsd: null }),
        diff: {
          patch: new Uint8Array(),
          files: [
            { path: 'sum.js', status: 'modified', added: 1, removed: 1 },
            { path: 'logo.png', status: 'added', added: null, removed: null },
          ],
        },
        temporalUrl: 'http://ui/k1',
        costSoFar: 'at least $0.0015',
      },
      createStyles(false),
      80,
    );

    expect(lines).toEqual([
      '',
      '✓ completed',
      '  It adds now.',
      '  - tag it',
      '',
      '  modified  sum.js    +1 -1',
      '  added     logo.png  binary',
      '  2 files changed, +1 -1',
      '',
      '  model     gpt',
      '  tokens    1,200 in, 34 out',
      '  cost      at least $0.0015',
      '  time      1m 5s, 2 turns',
      '  see it    holdfast runs diff k1',
      '  take it   holdfast runs apply k1',
      '  Temporal  http://ui/k1',
    ]);
  });

  it.each([
    [{ status: 'failed', stopReason: 'max_turns' }, '✗ failed (used all its turns)'],
    [{ status: 'timed_out', stopReason: 'time' }, '✗ timed out (used all its time)'],
    [{ status: 'cancelled', stopReason: 'cancelled', message: 'by ada' }, '✗ cancelled: by ada'],
  ] as const)('says how %j ended', (run, expected) => {
    const facts = { run: runDetail(run), diff: undefined, temporalUrl: undefined };

    expect(finalBlock(facts, createStyles(false), 80)[1]).toBe(expected);
  });
});
