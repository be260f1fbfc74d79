import { describe, expect, it } from '@jest/globals';
import { judge } from '../../../../domain/policy/judge.ts';
import type { ScopedPolicy } from '../../../../domain/policy/judge.ts';
import type { PolicyProfile, PolicyRule } from '../../../../domain/policy/profile-schema.ts';
import { headlessSafeSandbox, planReadonly } from '../../../../domain/policy/presets.ts';
import type { CallFacts } from '../../../../domain/tools/facts.ts';

const rule = (fields: Partial<PolicyRule>): PolicyRule => ({
  tool: '*',
  pathAllow: [],
  pathDeny: [],
  commandAllow: [],
  commandDeny: [],
  verdict: 'allow',
  ...fields,
});
const profile = (mode: PolicyProfile['mode'], ...rules: Partial<PolicyRule>[]): PolicyProfile => ({
  ...planReadonly,
  name: 'mine',
  mode,
  rules: rules.map(rule),
});
const scoped = (own: PolicyProfile, scope: ScopedPolicy['scope'] = 'run'): ScopedPolicy => ({
  scope,
  profile: own,
  policy: `hash of ${own.name}`,
});
const facts = (fields: Partial<CallFacts> = {}): CallFacts => ({
  access: 'change',
  paths: [],
  commands: [],
  hosts: [],
  unresolved: [],
  ...fields,
});
const commands = (...texts: string[]): CallFacts =>
  facts({ commands: texts.map((text) => ({ argv: text.split(' '), assignments: [], via: [] })) });
const write = (path: string): CallFacts => facts({ paths: [{ path, operation: 'write' }] });
const host = (name: string): CallFacts => facts({ hosts: [name] });
const verdict = (tool: string, given: CallFacts, own: PolicyProfile) => {
  const { type, rule: name } = judge({ tool, facts: given, scopes: [scoped(own)], grants: [] });
  return `${type} ${name}`;
};

describe('judge', () => {
  it.each([
    ['plan', 'deny'],
    ['default', 'ask'],
    ['acceptEdits', 'allow'],
    ['delegate', 'allow'],
  ] as const)('lets the mode %s decide when no rule does: %s', (mode, type) => {
    expect(verdict('write_file', facts(), profile(mode))).toBe(`${type} mode/${mode}`);
  });

  it('denies a playbook with tasks that nobody can predict where a rule says so', () => {
    const predictable = profile('default', {
      name: 'no-blind',
      tool: 'apply_playbook',
      commandDeny: ['ansible-playbook * --not-predictable *'],
      verdict: 'deny',
    });
    const applied = commands('ansible-playbook site.yml');
    const blind = commands(
      'ansible-playbook site.yml',
      'ansible-playbook site.yml --not-predictable ansible.builtin.shell',
    );

    expect(verdict('apply_playbook', applied, predictable)).toBe('ask mode/default');
    expect(verdict('apply_playbook', blind, predictable)).toBe('deny mine/no-blind');
  });

  it('asks nobody about a call that finds nothing to change, and still denies it', () => {
    const idle = facts({ access: 'destructive', idle: true, unresolved: ['a task'] });

    expect(verdict('apply_playbook', idle, headlessSafeSandbox)).toBe('allow nothing-to-change');
    expect(verdict('apply_playbook', idle, profile('plan'))).toBe('deny mode/plan');
    expect(verdict('apply_playbook', { ...idle, access: 'change' }, profile('default'))).toBe(
      'allow nothing-to-change',
    );
  });

  it.each(['read', 'wait', 'finish'] as const)('allows %s tools in every mode', (access) => {
    expect(verdict('read_file', facts({ access }), profile('plan'))).toBe('allow mode/plan');
    expect(
      verdict('read_file', facts({ access }), profile('plan', { name: 'no', verdict: 'deny' })),
    ).toBe('deny mine/no');
  });

  it('takes the first rule that says something', () => {
    const own = profile(
      'default',
      { tool: 'shell', commandAllow: ['git status'] },
      { tool: 'shell', verdict: 'deny' },
    );

    expect(verdict('shell', commands('git status'), own)).toBe('allow mine/0');
    expect(verdict('shell', commands('git status', 'ls'), own)).toBe('deny mine/1');
  });

  it.each([
    ['git status', 'git status', 'allow'],
    ['git status', 'git status -s', 'ask'],
    ['git *', 'git status -s', 'allow'],
    ['git', 'git status', 'ask'],
    ['git {status,diff}', 'git diff', 'allow'],
    ['git log [!-]*', 'git log --output=x', 'ask'],
    ['git status', '/usr/bin/git status', 'allow'],
    ['git status', '/tmp/git status', 'ask'],
    ['*', 'anything', 'allow'],
  ])('matches commandAllow %s against %s: %s', (pattern, text, expected) => {
    const own = profile('default', { tool: 'shell', commandAllow: [pattern] });

    expect(verdict('shell', commands(text), own)).toMatch(new RegExp(`^${expected} `));
  });

  it.each([
    ['git push', 'git -C x push origin'],
    ['git push --force', 'git push origin main --force'],
    ['git push --force', 'git push --force=x'],
    ['rm -rf', 'rm -f -r x'],
    ['rm -rf', '/tmp/rm -fr x'],
    ['curl', 'netcurl'],
  ])('matches commandDeny %s against %s strictly', (pattern, text) => {
    const own = profile('acceptEdits', { tool: 'shell', commandDeny: [pattern], verdict: 'deny' });

    expect(verdict('shell', commands(text), own)).toBe(
      text === 'netcurl' ? 'allow mode/acceptEdits' : 'deny mine/0',
    );
  });

  it('lets deny lists deny in a rule that allows, and allows the rest', () => {
    const own = profile('default', { tool: 'edit_file', pathDeny: ['infra/**'] });

    expect(verdict('edit_file', write('infra/a'), own)).toBe('deny mine/0');
    expect(verdict('edit_file', write('src/a'), own)).toBe('allow mine/0');
    expect(verdict('edit_file', write('/etc/passwd'), own)).toBe('ask mode/default');
  });

  it('holds what a shell writes and reads against the rules of the file tools', () => {
    const own = profile(
      'default',
      { tool: 'shell', commandAllow: ['npm test'] },
      { tool: 'write_file', pathAllow: ['out/**'] },
      { tool: 'read_file', pathDeny: ['private/**'], verdict: 'deny' },
    );
    const test = commands('npm test');

    const to = (path: string, operation: 'read' | 'write') => ({
      ...test,
      paths: [{ path, operation }],
    });
    expect(verdict('shell', to('out/a', 'write'), own)).toBe('allow mine/0');
    expect(verdict('shell', to('src/a', 'write'), own)).toBe('ask mode/default');
    expect(verdict('shell', to('private/a', 'read'), own)).toBe('deny mine/2');
  });

  it('judges hosts', () => {
    const own = profile('default', { tool: 'http_fetch', hosts: ['*.good.example'] });

    expect(verdict('http_fetch', host('a.good.example:8443'), own)).toBe('allow mine/0');
    expect(verdict('http_fetch', host('a.bad.example'), own)).toBe('ask mode/default');
  });

  it('lets a pattern narrow what a rule covers', () => {
    const own = profile('default', { tool: 'shell', pattern: 'npm run *' });

    expect(verdict('shell', commands('npm run build'), own)).toBe('allow mine/0');
    expect(verdict('shell', commands('npm publish'), own)).toBe('ask mode/default');
  });

  it('takes the strictest scope and says what each one thinks', () => {
    const organisation = scoped(
      { ...profile('acceptEdits', { name: 'no', verdict: 'deny' }), name: 'org' },
      'organisation',
    );
    const project = scoped(profile('default', { name: 'yes' }), 'project');

    const judged = judge({
      tool: 'write_file',
      facts: facts(),
      scopes: [organisation, project],
      grants: [],
    });

    expect(judged).toEqual({
      type: 'deny',
      rule: 'org/no',
      scope: 'organisation',
      policy: 'hash of org',
      why: ['organisation: write_file: deny by org/no', 'project: write_file: allow by mine/yes'],
    });
  });

  it('asks at least for what is not resolved, in plan mode it denies', () => {
    const unclear = { ...commands('x'), unresolved: ['because'] };

    expect(verdict('shell', unclear, profile('delegate', {}))).toBe('ask unresolved');
    expect(verdict('shell', unclear, profile('plan', {}))).toBe('deny unresolved');
    expect(verdict('shell', unclear, profile('delegate', { verdict: 'deny' }))).toBe('deny mine/0');
  });
});

describe('grants', () => {
  const grants = [{ grantId: 'g1', tool: 'shell', pattern: 'npm run *', grantedBy: 'ada' }];
  const granted = (given: CallFacts, own = profile('default')) => {
    const { type, rule: name } = judge({
      tool: 'shell',
      facts: given,
      scopes: [scoped(own)],
      grants,
    });
    return `${type} ${name}`;
  };

  it('turn ask into allow when they cover every command that is asked for', () => {
    expect(granted(commands('npm run build'))).toBe('allow grant/g1');
    expect(granted(commands('npm run build', 'ls'))).toBe('ask mode/default');
  });

  it('never cover destructive calls, unresolved ones, or a deny', () => {
    expect(granted({ ...commands('npm run x'), access: 'destructive' })).toBe('ask mode/default');
    expect(granted({ ...commands('npm run x'), unresolved: ['because'] })).toBe('ask mode/default');
    expect(granted(commands('npm run x'), profile('plan'))).toBe('deny mode/plan');
  });

  it('do not cover what a command writes', () => {
    const writing = { ...commands('npm run x'), paths: write('a').paths };

    expect(granted(writing)).toBe('ask mode/default');
    expect(granted(writing, headlessSafeSandbox)).toBe('allow grant/g1');
  });
});

const approval = (quorum: number) => ({
  quorum,
  roles: ['sre'],
  people: [],
  separationOfDuties: false,
  rejectQuorum: 1,
  expiresAfterSeconds: 60,
  onTimeout: 'reject' as const,
  escalation: [],
  reminder: false,
});
const judged = (own: PolicyProfile, more: Partial<CallFacts> = {}) =>
  judge({
    tool: 'http_fetch',
    facts: facts({ hosts: ['example.org:443'], ...more }),
    scopes: [scoped(own)],
    grants: [{ grantId: 'g1', tool: 'http_fetch', pattern: '*', grantedBy: 'ann' }],
  });
const asks = { tool: '*', verdict: 'ask' as const };

describe('who decides', () => {
  it('is said by the rule that asks, and no grant covers it', () => {
    const said = judged(profile('default', { ...asks, approval: approval(2) }));

    expect(said).toMatchObject({
      type: 'ask',
      approval: { requirements: [{ quorum: 2, roles: ['sre'] }] },
    });
    expect(judged(profile('default', asks))).toMatchObject({ type: 'allow', rule: 'grant/g1' });
  });

  it('is said by the profile where no rule says it, also for what is not understood', () => {
    const own = { ...profile('default'), approval: approval(3) };
    const lax = { ...profile('delegate'), approval: approval(3) };

    expect(judged(own).approval?.requirements).toMatchObject([{ quorum: 3 }]);
    expect(judged(lax)).not.toHaveProperty('approval');
    expect(judged(lax, { unresolved: ['a name is computed'] })).toMatchObject({
      type: 'ask',
      rule: 'unresolved',
      approval: { requirements: [{ quorum: 3 }] },
    });
  });

  it('joins what all scopes ask for', () => {
    const one = profile('default', { ...asks, approval: approval(1) });
    const two = profile('default', { ...asks, approval: approval(2) });
    const said = judge({
      tool: 'http_fetch',
      facts: facts({ hosts: ['example.org:443'] }),
      scopes: [scoped(one, 'organisation'), scoped(two)],
      grants: [],
    });

    expect(said.approval?.requirements).toMatchObject([{ quorum: 1 }, { quorum: 2 }]);
  });
});
