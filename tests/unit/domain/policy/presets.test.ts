import { describe, expect, it } from '@jest/globals';
import { judgeProfile } from '../../../../domain/policy/judge-profile.ts';
import { policyProfileSchema } from '../../../../domain/policy/profile-schema.ts';
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
