/** Tools whose effects lie outside of the workspace: going back to an earlier state does not take them back. */
export const outsideTools: ReadonlySet<string> = new Set([
  'git_push',
  'http_request',
  'apply_playbook',
]);
