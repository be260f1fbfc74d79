/** What the comments on top of a playbook say. */
export interface PlaybookHeader {
  readonly service?: string;
  readonly description?: string;
  readonly rollback?: string;
  /** Names of variables it cannot run without. */
  readonly requires: readonly string[];
}

/**
 * Reads lines such as `# holdfast:service=portal` before the first play. Keys are service, description, rollback and
 * requires (names with commas between); the prefix `chiffon:` is read too. Other comments are left alone.
 */
export function parseHeader(text: string): PlaybookHeader {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (!/^\s*(?:#|---|$)/.test(line)) break;
    const [, key, value] = /^#\s*(?:holdfast|chiffon):([a-z]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined && value.trim() !== '')
      found.set(key, value.trim());
  }
  const [service, description, rollback] = ['service', 'description', 'rollback'].map((key) =>
    found.get(key),
  );
  const requires = (found.get('requires') ?? '').split(',').map((name) => name.trim());
  return {
    ...(service === undefined ? {} : { service: service.toLowerCase() }),
    ...(description === undefined ? {} : { description }),
    ...(rollback === undefined ? {} : { rollback }),
    requires: requires.filter((name) => name !== ''),
  };
}

/** The service of a playbook without a header: its file name up to the first dash, `kuma-deploy.yml` is for kuma. */
export function serviceOf(filename: string): string {
  return (filename.replace(/\.ya?ml$/, '').split('-')[0] ?? '').toLowerCase();
}
