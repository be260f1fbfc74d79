import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { evaluatePolicy } from '../../../../activities/commands/inspect.ts';
import {
  headlessPermissiveSandbox,
  headlessSafeSandbox,
  planReadonly,
} from '../../../../domain/policy/presets.ts';
import { createPathResolver } from '../../../../activities/workspace/inspect.ts';
import { deniedTexts } from './escapes/denied-texts.ts';
import { evaluateShell } from './shell-cases.ts';
import { cpuMs } from '../../../support/cpu-ms.ts';

describe('evaluatePolicy', () => {
  it.each([
    ['read_file', { path: 'src/a.ts' }, 'allow', 'mode/default'],
    ['read_file', { path: 'src/../.env' }, 'deny', 'headless-safe-sandbox/secret-paths'],
    ['list_files', {}, 'allow', 'mode/default'],
    ['search_text', { path: 'secrets' }, 'deny', 'headless-safe-sandbox/secret-paths'],
    ['edit_file', { path: 'src/a.ts' }, 'allow', 'headless-safe-sandbox/edits'],
    ['edit_file', { path: '.env' }, 'deny', 'headless-safe-sandbox/secret-paths'],
    ['write_file', { path: '../out' }, 'ask', 'mode/default'],
    ['run_tests', {}, 'allow', 'headless-safe-sandbox/tests'],
    ['git_status', {}, 'allow', 'mode/default'],
    ['git_commit', {}, 'allow', 'headless-safe-sandbox/commits'],
    ['git_branch', {}, 'allow', 'headless-safe-sandbox/commits'],
    ['http_fetch', { url: 'https://a.example/x' }, 'allow', 'mode/default'],
    ['http_request', { url: 'https://a.example/x' }, 'ask', 'headless-safe-sandbox/sends-out'],
    ['http_fetch', { url: 'https://a.example/guide/x' }, 'allow', 'mode/default'],
    ['http_fetch', { url: 'https://a.example/x?d=1' }, 'ask', 'mode/default'],
    ['http_fetch', { url: `https://a.example/${'x'.repeat(101)}` }, 'ask', 'mode/default'],
    ['http_fetch', { url: `https://${'x'.repeat(55)}.example/` }, 'ask', 'mode/default'],
    ['http_fetch', { url: 'https://a.example/', headers: { x: 'key' } }, 'ask', 'mode/default'],
    [
      'http_fetch',
      { url: 'https://a.example/', headers: { accept: 'a/b' } },
      'allow',
      'mode/default',
    ],
    ['ask_person', {}, 'allow', 'mode/default'],
    ['finish', {}, 'allow', 'mode/default'],
  ])('judges %s %j', async (tool, given, verdict, rule) => {
    const call = { tool, arguments: given };

    const evaluation = await evaluatePolicy(call, { profiles: headlessSafeSandbox });

    expect(evaluation).toMatchObject({ verdict, rule, commands: [] });
  });

  it('judges a push by its words', async () => {
    const call = { tool: 'git_push', arguments: { branch: 'topic' } };

    const evaluation = await evaluatePolicy(call, { profiles: headlessSafeSandbox });

    expect(evaluation).toMatchObject({
      verdict: 'ask',
      rule: 'headless-safe-sandbox/sends-out',
      commands: [{ argv: ['git', 'push', 'origin', 'topic'] }],
    });
  });

  it.each([
    ['fly', {}, 'not_found'],
    ['edit_file', {}, 'invalid_argument'],
    ['shell', {}, 'invalid_argument'],
    ['http_fetch', { url: 'x' }, 'invalid_argument'],
  ])('refuses %s %j', async (tool, given, code) => {
    const call = { tool, arguments: given };

    await expect(evaluatePolicy(call, { profiles: headlessSafeSandbox })).rejects.toMatchObject({
      code,
    });
  });

  it('allows a fetch that can carry data to a host that a rule names, and in modes that allow changes', async () => {
    const call = { tool: 'http_fetch', arguments: { url: 'https://a.example/x?d=1' } };
    const named = { ...empty, tool: 'http_fetch', hosts: ['a.example'], verdict: 'allow' as const };
    const profiles = [
      { ...headlessSafeSandbox, rules: [named] },
      headlessPermissiveSandbox,
      planReadonly,
    ];

    const verdicts = await Promise.all(
      profiles.map(async (profile) => (await evaluatePolicy(call, { profiles: profile })).verdict),
    );

    expect(verdicts).toEqual(['allow', 'allow', 'ask']);
  });

  it('judges where a path leads, and answers what the tool would refuse', async () => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-links-'));
    mkdirSync(join(root, 'sub'));
    writeFileSync(join(root, '.env'), 'KEY=1\n');
    symlinkSync('.env', join(root, 'harmless'));
    symlinkSync('/etc', join(root, 'out'));
    const context = {
      profiles: headlessSafeSandbox,
      resolvePath: createPathResolver(root),
    };
    const read = async (path: string) =>
      await evaluatePolicy({ tool: 'read_file', arguments: { path } }, context);

    expect((await read('sub/x')).verdict).toBe('allow');
    expect(await read('harmless')).toMatchObject({ rule: 'headless-safe-sandbox/secret-paths' });
    await expect(read('out/passwd')).rejects.toMatchObject({ code: 'access_denied' });
    await expect(read('../x')).rejects.toMatchObject({ code: 'access_denied' });
  });

  it('allows what the safe preset names and nothing wrapped around it', async () => {
    const verdicts = await Promise.all(
      [
        'git status',
        'git log --oneline -5',
        'npm test',
        'go test ./...',
        'python -m pytest',
        'pytest',
        'cargo test',
        'make test',
        'make lint',
        'git status && rm -rf .',
        'timeout 5 git status',
        'FOO=1 curl x',
        'git status --ext-diff',
        'git diff --output=x',
        'go test -exec ./x ./...',
        'git -c a.b=c status',
        'git status $X',
      ].map(async (text) => (await evaluateShell(text, headlessSafeSandbox)).verdict),
    );

    expect(verdicts).toEqual([...Array<string>(9).fill('allow'), ...Array<string>(8).fill('ask')]);
  });

  it.each(['echo (', '$CMD x', "python -c 'print(1)'", 'mytool run rm -rf /'])(
    'asks for what is not resolved, and denies it in plan mode, under a rule that allows it: %s',
    async (command) => {
      const rules = [{ ...empty, tool: 'shell', verdict: 'allow' as const }];
      const modes = ['default', 'acceptEdits', 'delegate', 'plan'] as const;

      const verdicts = await Promise.all(
        modes.map(async (mode) => await evaluateShell(command, { ...planReadonly, mode, rules })),
      );

      expect(verdicts.map(({ verdict }) => verdict)).toEqual(['ask', 'ask', 'ask', 'deny']);
      expect(verdicts.every(({ why }) => why.join(' ').includes('not resolved'))).toBe(true);
    },
  );

  it('judges 800 calls in under 5 seconds', async () => {
    const texts = Object.values(deniedTexts).flat();
    const started = cpuMs();

    for (let at = 0; at < 800; at += 1) {
      await evaluateShell(texts[at % texts.length] ?? '', headlessPermissiveSandbox);
    }

    expect(cpuMs() - started).toBeLessThan(5_000);
  });
});

const empty = { pathAllow: [], pathDeny: [], commandAllow: [], commandDeny: [] };
