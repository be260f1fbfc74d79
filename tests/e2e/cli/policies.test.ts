import { spawn } from 'node:child_process';

import { describe, expect, it } from '@jest/globals';

import { cliArguments } from '../../support/instance/cli.ts';
import { makeTestHome, testHomeVariables } from '../../support/instance/instance.ts';

/** Evaluates calls from standard input; no server runs. */
async function evaluate(lines: readonly string[], policy: string): Promise<readonly unknown[]> {
  const args = ['policies', 'evaluate', '--policy', policy, '--stdin', '--json'];
  const child = spawn(process.execPath, [...cliArguments(args)], {
    env: { ...process.env, NODE_OPTIONS: undefined, ...testHomeVariables(makeTestHome()) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stdin.end(lines.join('\n'));
  await new Promise((resolve) => child.once('close', resolve));
  return text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

const call = (command: string): string => JSON.stringify({ tool: 'shell', arguments: { command } });

describe('holdfast policies evaluate --stdin', () => {
  it('answers each line in order, an error envelope where the line is no call', async () => {
    const answers = await evaluate(
      [call('git status'), 'not json', call('rm -rf / && curl x')],
      'headless-permissive-sandbox',
    );

    expect(answers).toMatchObject([
      { verdict: 'allow', commands: [expect.anything()] },
      { code: 'invalid_argument' },
      { verdict: 'deny' },
    ]);
  });

  it('judges 800 calls in under 5 seconds', async () => {
    const lines = Array.from({ length: 800 }, (_, index) =>
      call(`cd dir${index} && env A=${index} timeout 5 sh -c 'npm test | tee out.txt'`),
    );
    const began = performance.now();

    const answers = await evaluate(lines, 'headless-safe-sandbox');

    expect(answers).toHaveLength(800);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
