import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { wrongEvents } from '../../support/check-events.ts';
import { conversation, startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';

let harness: RunHarness;

const broken = {
  'package.json': '{"name":"sum","type":"module","scripts":{"test":"node --test"}}',
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'sum.test.js':
    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from './sum.js';\ntest('sums', () => assert.equal(sum(2, 3), 5));\n",
};

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      {
        schemaVersion: 1,
        name: 'repair',
        model: 'scripted',
        conversation: conversation('repair'),
        turns: [
          {
            reply: {
              text: 'I look first.',
              toolCalls: [
                { name: 'list_files', arguments: {} },
                { name: 'read_file', arguments: { path: 'sum.js' } },
              ],
            },
          },
          { reply: { toolCalls: [{ name: 'run_tests', arguments: {} }] } },
          {
            reply: {
              toolCalls: [
                {
                  name: 'edit_file',
                  arguments: { path: 'sum.js', oldText: 'a - b', newText: 'a + b' },
                },
              ],
            },
          },
          {
            reply: {
              toolCalls: [{ name: 'finish', arguments: { summary: 'done', testsVerified: true } }],
            },
          },
          { reply: { toolCalls: [{ name: 'run_tests', arguments: {} }] } },
          { reply: { toolCalls: [{ name: 'finish', arguments: {} }] } },
          {
            reply: {
              toolCalls: [
                { name: 'finish', arguments: { summary: 'mended', testsVerified: true } },
              ],
            },
          },
        ],
      },
    ],
  });
});

afterAll(async () => harness.stop());

describe('a run', () => {
  it('repairs a project, and finishes only with a valid summary and green tests after the last change', async () => {
    const workspace = harness.makeProject(broken);

    const { runId } = await harness.client.startRun({
      request: { prompt: `fix the failing test ${conversation('repair')}`, workspace },
    });
    const result = await harness.client.waitForRun(runId);

    expect(result).toMatchObject({
      status: 'completed',
      stopReason: 'finished',
      payload: { summary: 'mended', finishedBy: 'finish' },
    });
    const run = await harness.client.getRun(runId);
    expect(run.turn).toBe(7);
    expect(run.effects.map(({ tool, state }) => [tool, state])).toEqual([
      ['run_tests', 'failed'],
      ['edit_file', 'committed'],
      ['run_tests', 'committed'],
    ]);
    const { patch } = await harness.client.diffRun(runId);
    expect(Buffer.from(patch).toString()).toContain('+export const sum = (a, b) => a + b;');
    const transcript = await harness.client.transcript(runId);
    const results = transcript.filter(({ role }) => role === 'tool').map(({ text }) => text);
    expect(results.join('\n')).toContain('errorType: gate_failed');
    expect(await wrongEvents(harness.db)).toEqual([]);
    expect(results.join('\n')).toMatch(/errorType: validation_error\nerrorMessage: .*summary/);
  });
});
