/**
 * Longest path of an address that is taken for a name of a page alone, in characters, and longest name of a host. Both
 * are our choice: most pages of documentation have shorter ones, and a key in base64 with its own name does not fit twice.
 */
const maxPath = 100;
const maxHost = 60;

/** Headers that only say which form an answer should have. */
const plainHeaders: ReadonlySet<string> = new Set(['accept', 'accept-language']);

/**
 * True when a request that only reads can bring data of the workspace to its server: by a query, a long path, a long name
 * of the host, or headers. `headers` are those that the model wrote.
 */
export function carriesData(url: URL, headers: { readonly [name: string]: unknown }): boolean {
  return (
    url.search !== '' ||
    url.pathname.length > maxPath ||
    url.hostname.length > maxHost ||
    Object.entries(headers).some(
      ([name, value]) => !plainHeaders.has(name) || String(value).length > maxPath,
    )
  );
}
