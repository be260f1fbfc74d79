import { describe, expect, it } from '@jest/globals';

import { mayDo, rolesInWords, type Act } from '../../../../domain/principals/permissions.ts';

const acts: readonly Act[] = [
  'decide',
  'steer',
  'settle',
  'undo',
  'cancel',
  'stop',
  'spend',
  'raise',
  'trust',
  'models',
  'data',
  'people',
];

describe('mayDo', () => {
  it.each([
    [[], []],
    [['viewer'], []],
    [['approver'], ['decide', 'steer', 'settle', 'raise']],
    [['operator'], ['decide', 'steer', 'settle', 'undo', 'cancel', 'stop', 'spend', 'raise']],
    [['admin'], acts.filter((act) => act !== 'stop')],
    [['sre'], ['decide', 'steer', 'settle']],
    [['viewer', 'operator', 'admin'], acts],
  ])('lets %j do %j, and nothing else', (roles, allowed) => {
    expect(acts.filter((act) => mayDo(act, roles))).toEqual(allowed);
  });
});

describe('rolesInWords', () => {
  it('says what an act takes', () => {
    expect(rolesInWords('cancel')).toBe('the role operator or admin');
    expect(rolesInWords('decide')).toBe('a role other than viewer');
  });
});
