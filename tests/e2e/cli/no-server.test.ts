import { describe, expect, it } from '@jest/globals';

import { runCli } from '../../support/instance/cli.ts';
import { makeTestHome, testHomeVariables } from '../../support/instance/instance.ts';

describe('the command line without a running instance', () => {
  it.each([
    [['run', 'do it']],
    [['runs', 'list']],
    [['runs', 'show', 'x']],
    [['inbox']],
    [['approve', 'x']],
    [['effects', 'list']],
  ])('%j says how to start one, with exit code 75', async (args) => {
    const { code, stdout } = await runCli([...args, '--json'], testHomeVariables(makeTestHome()));

    expect(code).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'unavailable',
      suggestion: expect.stringContaining('holdfast up'),
    });
  });

  it.each([
    [['rnus'], 'runs'],
    [['runs', 'lst'], 'list'],
    [['run', 'x', '--workspce', '.'], '--workspace'],
  ])('%j names what was meant, with exit code 2', async (args, meant) => {
    const { code, stderr } = await runCli(args, testHomeVariables(makeTestHome()));

    expect(code).toBe(2);
    expect(stderr).toContain(meant);
  });

  it.each([[['tools']], [['policies', 'list']], [['--version']], [['completion', 'bash']]])(
    '%j works all the same',
    async (args) => {
      const { code, stdout } = await runCli(args, testHomeVariables(makeTestHome()));

      expect(code).toBe(0);
      expect(stdout).not.toBe('');
    },
  );
});
