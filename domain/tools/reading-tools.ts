/** Tools that change nothing, whatever their arguments are. */
export const readingTools: ReadonlySet<string> = new Set([
  'read_file',
  'list_files',
  'find_files',
  'search_text',
  'git_status',
  'git_diff',
  'git_log',
  'find_playbook',
  'lint_playbook',
]);
