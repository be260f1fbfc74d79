import { describe, expect, it } from '@jest/globals';
import { closingBy } from '../../../../domain/policy/closed-paths.ts';
import { judgeProfile } from '../../../../domain/policy/judge-profile.ts';
import { policyProfileSchema, type PolicyRule } from '../../../../domain/policy/profile-schema.ts';
import {
  defaultPresetName,
  networkCommands,
  presets,
  secretPaths,
  trustedMountAutonomous,
} from '../../../../domain/policy/presets.ts';

const noFacts = { paths: [], commands: [], hosts: [], unresolved: [] };

const pushing = (words: string) => ({
  ...noFacts,
  access: 'destructive' as const,
  commands: [{ argv: `git push ${words} origin main`.split(/ +/), assignments: [], via: [] }],
});
const own = (commandAllow: string) => {
  const rules = [{ tool: 'git_push', commandAllow: [commandAllow], verdict: 'allow' }];
  return policyProfileSchema.parse({ ...trustedMountAutonomous, rules });
};

describe('presets', () => {
  it('have the published figures', () => {
    const rows = [...presets.values()].map(({ name, mode, limits, gates }) => [
      name,
      mode,
      limits.maxTurns,
      limits.timeoutSeconds,
      limits.maxCostMicroUsd,
      limits.stallThreshold,
      Object.entries(gates)
        .filter(([, isOn]) => isOn)
        .map(([gate]) => gate),
    ]);

    const all = ['requireTestsPass', 'requireLintPass', 'rollbackOnGateFail'];
    expect(rows).toEqual([
      ['plan-readonly', 'plan', 30, 300, 1_000_000, 5, []],
      ['headless-safe-sandbox', 'default', 50, 600, 5_000_000, 5, all],
      [
        'headless-permissive-sandbox',
        'acceptEdits',
        100,
        1_800,
        20_000_000,
        5,
        ['requireTestsPass'],
      ],
      ['trusted-mount-autonomous', 'acceptEdits', 200, 3_600, 50_000_000, 5, []],
    ]);
  });

  it('name the secret paths and the network commands', () => {
    expect(secretPaths).toEqual(['.env', '**/.env', 'secrets/**', '**/credentials.*']);
    expect(networkCommands).toEqual(['curl', 'wget', 'ssh', 'scp', 'nc', 'ncat']);
  });

  it('start with the safe one', () => {
    expect(presets.get(defaultPresetName)?.mode).toBe('default');
  });

  it.each([
    ['plan-readonly', 'git_commit', 'deny'],
    ['plan-readonly', 'git_push', 'deny'],
    ['headless-safe-sandbox', 'git_commit', 'allow'],
    ['headless-safe-sandbox', 'git_push', 'ask'],
    ['headless-permissive-sandbox', 'git_push', 'ask'],
    ['headless-permissive-sandbox', 'http_request', 'ask'],
    ['trusted-mount-autonomous', 'git_push', 'ask'],
    ['trusted-mount-autonomous', 'http_request', 'ask'],
  ])('in %s say on %s: %s', (name, tool, verdict) => {
    const profile = presets.get(name);
    if (profile === undefined) throw new Error(`there is no preset ${name}`);

    expect(judgeProfile(tool, { ...noFacts, access: 'change' }, profile).type).toBe(verdict);
  });

  it('never let the default branch of a remote be pushed to, unless a rule names it', () => {
    const open = own('git push *');

    expect(
      judgeProfile('git_push', pushing('--default-branch'), trustedMountAutonomous),
    ).toMatchObject({
      type: 'deny',
      rule: 'default-branch',
    });
    expect(judgeProfile('git_push', pushing('--default-branch'), open).type).toBe('deny');
    expect(judgeProfile('git_push', pushing(''), open).type).toBe('allow');
    const named = own('git push --default-branch origin main');
    expect(judgeProfile('git_push', pushing('--default-branch'), named).type).toBe('allow');
  });

  it.each([...presets.values()])('fit the schema: $name', (profile) => {
    expect(policyProfileSchema.parse(profile)).toEqual(profile);
  });
});

describe('policyProfileSchema', () => {
  const profile = {
    schemaVersion: 1,
    name: 'mine',
    mode: 'default',
    limits: { maxTurns: 1, timeoutSeconds: 1, maxCostMicroUsd: 0 },
  };

  it('fills in what may be left out', () => {
    expect(
      policyProfileSchema.parse({ ...profile, rules: [{ tool: 'shell', verdict: 'ask' }] }),
    ).toEqual({
      ...profile,
      rules: [
        {
          tool: 'shell',
          verdict: 'ask',
          pathAllow: [],
          pathDeny: [],
          commandAllow: [],
          commandDeny: [],
        },
      ],
      limits: { ...profile.limits, stallDetection: true, stallThreshold: 5 },
      gates: { requireTestsPass: false, requireLintPass: false, rollbackOnGateFail: false },
    });
  });

  it.each([
    [{ schemaVersion: 2 }],
    [{ colour: 'red' }],
    [{ mode: 'yolo' }],
    [{ name: '../x' }],
    [{ rules: [{ tool: 'shell', verdict: 'allow', comandAllow: [] }] }],
    [{ rules: [{ tool: 'shell', verdict: 'deny', commandAllow: ['git'] }] }],
    [{ rules: [{ tool: 'shell', verdict: 'allow', pathAllow: ['{a,b}'.repeat(7)] }] }],
  ])('refuses %j', (change) => {
    expect(policyProfileSchema.safeParse({ ...profile, ...change }).success).toBe(false);
  });
});

const closing = (...rules: readonly object[]) => {
  const profile = policyProfileSchema.parse({ ...trustedMountAutonomous, rules });
  return closingBy([profile]);
};

describe('closingBy', () => {
  it.each([...presets.keys()])('closes secret files to programs under %s', (name) => {
    const closingOf = closingBy([presets.get(name) ?? trustedMountAutonomous]);
    const paths = ['.env', 'a/.env', 'secrets/a/key.pem', 'secrets', 'a/credentials.json'];

    expect(paths.map(closingOf)).toEqual(paths.map(() => 'deny'));
    expect(['.env.example', 'a/secrets/x', 'README.md'].map(closingOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('leaves open what programs are made of', () => {
    const closingOf = closingBy([trustedMountAutonomous]);

    expect(['credentials.py', 'a/credentials.d.ts', 'secrets/x.JS'].map(closingOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes the first rule that speaks of a name, for reading by commands and by read_file', () => {
    const closed: Partial<PolicyRule>[] = [
      { tool: 'read_file', pathAllow: ['keys/public.pem'], verdict: 'allow' },
      { tool: 'shell', pathAllow: ['keys/public.pem'], verdict: 'allow' },
      { tool: '*', pathDeny: ['keys/**'], verdict: 'deny' },
      { tool: 'read_file', pathAllow: ['data/*.csv'], verdict: 'ask' },
    ];
    const closingOf = closing(...closed);

    expect(closingOf('keys/public.pem')).toBeUndefined();
    expect(closingOf('keys/private.pem')).toBe('deny');
    expect(closingOf('data/a.csv')).toBe('ask');
  });

  it('takes a rule against a tool, or against all paths, for no word on a file', () => {
    const closingOf = closing(
      { tool: 'read_file', verdict: 'deny' },
      { tool: 'shell', pattern: '**', verdict: 'ask' },
      { tool: '*', pathDeny: ['.env'], verdict: 'deny' },
    );

    expect(closingOf('README.md')).toBeUndefined();
    expect(closingOf('.env')).toBe('deny');
  });

  it('counts the strictest of several policies', () => {
    const wider = policyProfileSchema.parse({
      ...trustedMountAutonomous,
      rules: [{ tool: '*', pathDeny: ['plans/**'], verdict: 'deny' }],
    });

    expect(closingBy([wider, trustedMountAutonomous])('plans/a.md')).toBe('deny');
    expect(closingBy([wider, trustedMountAutonomous])('.env')).toBe('deny');
  });
});
