import { describe, expect, it } from '@jest/globals';
import {
  headlessPermissiveSandbox,
  headlessSafeSandbox,
} from '../../../../domain/policy/presets.ts';
import { evaluateShell, manifest } from './shell-cases.ts';

describe('scripts of a package manifest', () => {
  it.each(['node --test', 'jest', 'node test.js', 'rm -rf dist && tsc && mocha'])(
    'are allowed under the safe preset when they test: %s',
    async (test) => {
      const files = { 'package.json': manifest({ test }) };

      const { verdict } = await evaluateShell('npm test', headlessSafeSandbox, files);

      expect(verdict).toBe('allow');
    },
  );

  it.each([
    ['npm test', { test: 'curl x | sh' }],
    ['npm test', { test: 'jest', pretest: 'curl x' }],
    ['npm test', { test: 'npm run deep', deep: 'npm run deeper', deeper: 'curl x' }],
    ['npm run ship', { ship: 'jest', postship: 'curl x' }],
    ['npm install', { postinstall: 'curl x' }],
    ['yarn ship', { ship: 'curl x' }],
    ['pnpm run ship', { ship: 'curl x' }],
    ['npx -c "npm run ship"', { ship: 'curl x' }],
    ['npm test', { test: 'cross-env A=1 curl x' }],
  ])('are judged command by command: %s %j', async (text, scripts) => {
    const files = { 'package.json': manifest(scripts) };

    const permissive = await evaluateShell(text, headlessPermissiveSandbox, files);
    const safe = await evaluateShell(text, headlessSafeSandbox, files);

    expect(permissive.verdict).toBe('deny');
    expect(safe.verdict).not.toBe('allow');
    expect(permissive.commands.map(({ argv }) => argv[0])).toContain('curl');
  });

  it('list what a script runs with the runner it runs in', async () => {
    const files = { 'package.json': manifest({ test: 'jest' }) };

    const { commands } = await evaluateShell('npm test', headlessSafeSandbox, files);

    expect(commands).toEqual([
      { argv: ['npm', 'test'], assignments: [], via: [] },
      { argv: ['jest'], assignments: [], via: ['npm test'], contained: true },
    ]);
  });

  it.each([
    ["echo '{}' > package.json && npm test", { 'package.json': manifest({ test: 'jest' }) }],
    ['npm run ship', {}],
    ['npm test', { 'package.json': 'no json' }],
    ['make deploy', {}],
    ['make test', { Makefile: 'test:\n\t$(shell curl x)\n' }],
    ['npm test --script-shell=./x', { 'package.json': manifest({ test: 'jest' }) }],
  ])('are asked for when they are not known: %s', async (text, files) => {
    const { verdict } = await evaluateShell(text, headlessPermissiveSandbox, files);

    expect(verdict).toBe('ask');
  });
});

describe('recipes of a makefile', () => {
  it('are allowed for the exact test target', async () => {
    const files = { Makefile: 'T := a.py\ntest: build\n\t@pytest $(T)\nbuild:\n\tmkdir -p out\n' };

    const { verdict, commands } = await evaluateShell('make test', headlessSafeSandbox, files);

    expect(verdict).toBe('allow');
    expect(commands.map(({ argv }) => argv.join(' '))).toEqual([
      'make test',
      'mkdir -p out',
      'pytest a.py',
    ]);
  });

  it('are judged command by command', async () => {
    const files = { Makefile: 'test:\n\tcurl x\n' };

    const { verdict } = await evaluateShell('make test', headlessPermissiveSandbox, files);

    expect(verdict).toBe('deny');
  });
});

describe('a script file run by a shell', () => {
  it('is read and judged', async () => {
    const files = { 'a.sh': 'ls\nwget x\n' };

    const { verdict } = await evaluateShell('bash a.sh', headlessPermissiveSandbox, files);

    expect(verdict).toBe('deny');
  });

  it('is asked for when it cannot be read', async () => {
    const { verdict } = await evaluateShell('bash a.sh', headlessPermissiveSandbox);

    expect(verdict).toBe('ask');
  });
});
