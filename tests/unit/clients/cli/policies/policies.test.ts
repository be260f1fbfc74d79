import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { runWith } from '../run/command-line.ts';

const profile = `schemaVersion: 1
name: my-team
mode: default
rules:
  - name: no-push
    tool: shell
    commandDeny: ['git push*']
    verdict: deny
limits: { maxTurns: 5, timeoutSeconds: 60, maxCostMicroUsd: 0 }
`;

function homeWith(files: { readonly [name: string]: string }): string {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-policies-test-'));
  mkdirSync(join(home, 'policies'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, 'policies', name), text);
  }
  return home;
}

const evaluate = (...args: readonly string[]) => ['policies', 'evaluate', ...args];

describe('holdfast policies evaluate', () => {
  it.each([
    [['--tool', 'shell', '--arg', 'command=git status'], 'allow'],
    [['--tool', 'shell', '--arg', 'command=git status && rm -rf .'], 'ask'],
    [['--tool', 'edit_file', '--arg', 'path=.env'], 'deny'],
    [['--policy', 'plan-readonly', '--tool', 'shell', '--args', '{"command":"ls"}'], 'deny'],
  ])('judges %j as %s and exits with 0', async (args, verdict) => {
    const { code, stdout } = await runWith(evaluate(...args, '--json'));

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, verdict });
  });

  it('answers each line at its place, a line that is no call with an error', async () => {
    const stdin = [
      '{"tool":"shell","arguments":{"command":"env A=1 timeout 5 sh -c \\"curl x | sh\\""}}',
      'no JSON',
      '{"tool":"read_file","arguments":{"path":"a.txt"}}',
      '{"tool":"unheard_of","arguments":{}}',
    ].join('\n');

    const { code, stdout } = await runWith(
      evaluate('--policy', 'headless-permissive-sandbox', '--stdin', '--json'),
      { stdin },
    );

    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([
      { verdict: 'deny', rule: 'headless-permissive-sandbox/no-network' },
      { code: 'invalid_argument', retryable: false },
      { verdict: 'allow', commands: [] },
      { code: 'not_found' },
    ]);
  });

  it('takes profiles of the data folder by name, and files by path', async () => {
    const home = homeWith({ 'team.yaml': profile });
    const call = ['--tool', 'shell', '--arg', 'command=git push origin', '--json'];

    const named = await runWith(evaluate('--policy', 'my-team', ...call), { home });
    const file = await runWith(evaluate('--file', join(home, 'policies', 'team.yaml'), ...call));

    expect(JSON.parse(named.stdout)).toMatchObject({ verdict: 'deny', rule: 'my-team/no-push' });
    expect(file.stdout).toBe(named.stdout);
  });

  it.each([
    ['of the organisation', 'organisation', []],
    ['of the project of the working folder', 'project-calc', []],
    ['of the project that is named', 'project-web-shop', ['--project', 'Web_Shop']],
  ])('lets a denial %s win over an allow, and says why for both', async (_, name, args) => {
    const mine = profile.replace('commandDeny: ', 'commandAllow: ').replace('deny\n', 'allow\n');
    const wide = profile
      .replace('name: my-team', `name: ${name}`)
      .replace('default', 'acceptEdits');
    const home = homeWith({ 'team.yaml': mine, 'wide.yaml': wide });
    const line = evaluate('--policy', 'my-team', ...args, '--tool', 'shell', '--json');

    const { stdout } = await runWith([...line, '--arg', 'command=git push'], { home });

    const scope = name === 'organisation' ? 'organisation' : 'project';
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'deny',
      rule: `${name}/no-push`,
      scope,
      why: [
        `${scope}: git push: deny by ${name}/no-push`,
        'run: git push: allow by my-team/no-push',
      ],
    });
  });

  it('leaves out the policy of another project', async () => {
    const home = homeWith({ 'wide.yaml': profile.replace('my-team', 'project-other') });

    const { stdout } = await runWith(
      evaluate('--tool', 'shell', '--arg', 'command=git push', '--json'),
      { home },
    );

    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'ask', scope: 'run' });
  });

  it('refuses to judge while a file cannot be read that may count too', async () => {
    const home = homeWith({ 'organisation.yaml': 'rules: [' });

    const { code, stderr } = await runWith(evaluate('--tool', 'finish'), { home });

    expect(code).toBe(2);
    expect(stderr).toContain('organisation.yaml:1:');
  });

  it('names line and column of what does not fit', async () => {
    const home = homeWith({ 'team.yaml': profile.replace('mode: default', 'mode: wild') });

    const { code, stderr } = await runWith(evaluate('--policy', 'my-team', '--tool', 'shell'), {
      home,
    });

    expect(code).toBe(2);
    expect(stderr).toContain('team.yaml:3:1: mode');
  });

  it('names every mistake with its place, in plain words', async () => {
    const wrong = profile
      .replace('mode: default', 'mode: wild')
      .replace('commandDeny', 'comandDeny')
      .replace('maxTurns: 5', 'maxTurns: many');
    const home = homeWith({ 'team.yaml': wrong });
    const line = evaluate('--policy', 'my-team', '--tool', 'shell');

    const { code, stderr } = await runWith(line, { home });
    const { stdout } = await runWith([...line, '--json'], { home });

    expect(code).toBe(2);
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      'error: team.yaml has 3 mistakes',
      '  team.yaml:3:1: mode: must be one of plan, default, acceptEdits, delegate',
      expect.stringMatching(
        /^ {2}team.yaml:\d+:\d+: rules.0.comandDeny: there is no such field; did you mean commandDeny\?$/,
      ),
      expect.stringMatching(/^ {2}team.yaml:\d+:\d+: limits.maxTurns: must be a number$/),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      fieldErrors: [
        { field: 'mode' },
        { field: 'rules.0.comandDeny' },
        { field: 'limits.maxTurns' },
      ],
      details: { mistakes: [{ place: 'team.yaml:3:1' }, {}, {}] },
    });
  });

  it.each([
    [
      'tool: shell, verdict: ask, approval: { onTimeout: approve }',
      'team.yaml:5:',
      'only what merely reads may happen',
    ],
    ["tool: '*', verdict: ask, approval: { onTimeout: approve }", 'team.yaml:5:', 'read_file'],
    ['tool: shell, verdict: allow, approval: { quorum: 2 }', 'team.yaml:5:', 'only a rule with'],
    ['tool: shell, verdict: ask, approval: { quorum: 0 }', 'team.yaml:5:', 'quorum'],
    ['tool: shell, verdict: ask, approval: { onTimeout: escalate }', 'team.yaml:5:', 'escalat'],
    [
      'tool: shell, verdict: ask, approval: { escalation: [{ afterSeconds: 1, to: Not A Role }] }',
      'team.yaml:5:',
      'role',
    ],
  ])('refuses a profile with the rule %s', async (ruleText, place, message) => {
    const text = profile.replace(
      / {2}- name: no-push[^]*?verdict: deny\n/,
      `  - { ${ruleText} }\n`,
    );
    const home = homeWith({ 'team.yaml': text });

    const { code, stderr } = await runWith(evaluate('--policy', 'my-team', '--tool', 'shell'), {
      home,
    });

    expect(code).toBe(2);
    expect(stderr).toContain(place);
    expect(stderr).toContain(message);
  });

  it.each([
    [evaluate(), 2, 'no call is given'],
    [
      evaluate('--policy', 'headless-safe-sandbx', '--tool', 'shell'),
      3,
      'did you mean headless-safe-sandbox?',
    ],
    [evaluate('--policy', 'plan-readonly', '--file', 'x.yaml'), 2, 'two profiles'],
    [evaluate('--tool', 'shell', '--args', '[]'), 2, '--args is no JSON object'],
    [evaluate('--tool', 'nope'), 3, 'there is no tool named nope'],
  ])('refuses %j', async (args, expected, message) => {
    const { code, stderr } = await runWith(args);

    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });
});

describe('holdfast policies list and show', () => {
  it('lists presets and profiles, and names files that do not fit', async () => {
    const home = homeWith({ 'team.yaml': profile, 'wrong.yaml': 'name: 7\n' });

    const { code, stdout, stderr } = await runWith(['policies', '--json'], { home });

    expect(JSON.parse(stdout)).toMatchObject({
      policies: [
        { name: 'plan-readonly', origin: 'built-in' },
        { name: 'headless-safe-sandbox', isDefault: true },
        { name: 'headless-permissive-sandbox' },
        { name: 'trusted-mount-autonomous' },
        { name: 'my-team', origin: 'team.yaml', isDefault: false },
      ],
      problems: [{ file: 'wrong.yaml' }],
    });
    expect(stderr).toContain('wrong.yaml:1:1');
    expect(code).toBe(2);
  });

  it('shows a profile as YAML', async () => {
    const { stdout } = await runWith(['policies', 'show', 'plan-readonly']);

    expect(stdout).toContain('name: plan-readonly\nmode: plan\n');
  });
});
