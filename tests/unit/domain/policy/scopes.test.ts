import { describe, expect, it } from '@jest/globals';

import { headlessSafeSandbox } from '../../../../domain/policy/presets.ts';
import { gatherScopes, projectPolicy, scopeNames } from '../../../../domain/policy/scopes.ts';
import { policyProfileSchema } from '../../../../domain/policy/profile-schema.ts';

const found = (name: string) => ({ profile: headlessSafeSandbox, policy: `hash of ${name}` });

describe('gatherScopes', () => {
  it('puts the widest scope first and leaves out what is not configured', () => {
    const choice = { policy: 'mine', project: 'shop' };

    const all = gatherScopes(choice, ({ name }) => found(name));
    const some = gatherScopes(choice, ({ scope, name }) =>
      scope === 'project' ? undefined : found(name),
    );

    expect(all.map(({ scope, policy }) => [scope, policy])).toEqual([
      ['organisation', 'hash of organisation'],
      ['project', 'hash of project-shop'],
      ['run', 'hash of mine'],
    ]);
    expect(some.map(({ scope }) => scope)).toEqual(['organisation', 'run']);
  });

  it('names the run that asks for the profile of the organisation twice', () => {
    const names = scopeNames({ policy: 'organisation', project: 'x' }).map(({ name }) => name);

    expect(names).toEqual(['organisation', 'project-x', 'organisation']);
  });
});

describe('projectPolicy', () => {
  it.each([
    ['shop', 'project-shop'],
    ['Web_Shop', 'project-web-shop'],
    ['a.b:c', 'project-a-b-c'],
    ['x'.repeat(64), `project-${'x'.repeat(56)}`],
  ])('makes of %s a name that a profile can have', (project, expected) => {
    const name = projectPolicy(project);

    expect(name).toBe(expected);
    expect(policyProfileSchema.safeParse({ ...headlessSafeSandbox, name }).success).toBe(true);
  });
});
