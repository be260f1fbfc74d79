/** Versions of ansible-core that are accepted: from `oldest` on, and older than `tooNew`. */
export const ansibleCore = { oldest: '2.19.0', tooNew: '2.22.0' } as const;

/** Reads the version of ansible-core out of `ansible-playbook --version`; undefined when the text is something else. */
export function parseAnsibleVersion(text: string): string | undefined {
  return /^ansible-playbook \[core (\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Reads the version out of `ansible-lint --version`; undefined when the text is something else. */
export function parseLintVersion(text: string): string | undefined {
  return /^ansible-lint (\d+\.\d+\.\d+)/.exec(text)?.[1];
}
