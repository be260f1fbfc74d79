/** What people do besides looking. */
export type Act =
  | 'decide'
  | 'steer'
  | 'settle'
  | 'undo'
  | 'cancel'
  | 'stop'
  | 'break'
  | 'spend'
  | 'raise'
  | 'trust'
  | 'models'
  | 'data'
  | 'people';

/** What a role lets people do; any other word is a role of one's own. */
const rolesFor: { readonly [act in Act]: readonly string[] | 'all but viewer' } = {
  decide: 'all but viewer',
  steer: 'all but viewer',
  settle: 'all but viewer',
  undo: ['operator', 'admin'],
  cancel: ['operator', 'admin'],
  stop: ['operator'],
  break: ['operator', 'admin'],
  spend: ['operator', 'admin'],
  raise: ['approver', 'operator', 'admin'],
  trust: ['admin'],
  models: ['admin'],
  data: ['admin'],
  people: ['admin'],
};

/**
 * Whether somebody with these roles may do an act. Who may decide on one approval is up to its policy besides; who
 * started a run may also cancel it and take its effects back.
 */
export function mayDo(act: Act, roles: readonly string[]): boolean {
  const wanted = rolesFor[act];
  if (wanted === 'all but viewer') return roles.some((role) => role !== 'viewer');
  return roles.some((role) => wanted.includes(role));
}

/** What an act takes, in words. */
export function rolesInWords(act: Act): string {
  const wanted = rolesFor[act];
  return wanted === 'all but viewer'
    ? 'a role other than viewer'
    : `the role ${wanted.join(' or ')}`;
}
