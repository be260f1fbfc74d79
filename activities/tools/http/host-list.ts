/**
 * What an allow-list says of a host: `named` when an entry names exactly this host (then it may also be a private one),
 * `matched` when only a pattern covers it, `absent` when nothing does.
 */
export type HostStanding = 'named' | 'matched' | 'absent';

/**
 * Looks a host up in an allow-list. Entries are `example.org`, `*.example.org` (its subdomains), `*` (every public
 * host), `127.0.0.1`, `[::1]`; with `:port` for this port only, else for all. `host` is lower case, as URLs write it.
 */
export function hostStanding(
  allowed: readonly string[],
  { host, port }: { readonly host: string; readonly port: number },
): HostStanding {
  let standing: HostStanding = 'absent';
  for (const entry of allowed) {
    const { name, port: only } = partsOf(entry.toLowerCase());
    if (only !== undefined && only !== port) continue;
    if (name === host) return 'named';
    if (name === '*' || (name.startsWith('*.') && host.endsWith(name.slice(1))))
      standing = 'matched';
  }
  return standing;
}

function partsOf(entry: string): { readonly name: string; readonly port?: number } {
  const found = /^(.+?):(\d+)$/.exec(entry);
  // An IPv6 address has colons of its own: only behind a bracket does one mean a port.
  if (found === null || (found[1]?.includes(':') === true && !found[1].endsWith(']'))) {
    return { name: entry };
  }
  return { name: found[1] ?? entry, port: Number(found[2]) };
}
