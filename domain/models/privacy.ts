/** Where the text of a conversation goes: `local` stays on machines of the owner, `remote` leaves them. */
export type Privacy = 'local' | 'remote';

/** Back ends whose address tells where they are; the others may forward to anybody. */
const selfHosted: ReadonlySet<string> = new Set(['ollama', 'vllm', 'llamacpp']);

/**
 * Guesses the privacy class of an endpoint that states none.
 * SAFETY: local only for a self-hosted back end at a loopback or private address; proxies and unknown servers count as
 * remote wherever they listen, and so do Ollama's cloud models.
 */
export function privacyOf(backend: string, baseUrl: string, model: string): Privacy {
  if (!selfHosted.has(backend)) return 'remote';
  if (/[:-]cloud$/.test(model)) return 'remote';
  return isPrivateHost(hostOf(baseUrl)) ? 'local' : 'remote';
}

// Domain code has no URL class, so the host is cut out by hand; what does not match counts as remote.
function hostOf(baseUrl: string): string {
  const match = /^https?:\/\/(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^:/?#@\\]+)(?::\d+)?(?:[/?#]|$)/i.exec(
    baseUrl,
  );
  return (match?.[1] ?? '').toLowerCase();
}

/** RFC 1918 and loopback addresses, IPv6 loopback and unique local addresses, `localhost` and its subdomains. */
function isPrivateHost(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (host === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(host)) return true;
  const parts = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(host);
  if (parts === null) return false;
  const first = Number(parts[1]);
  const second = Number(parts[2]);
  if (first === 127 || first === 10) return true;
  if (first === 192 && second === 168) return true;
  return first === 172 && second >= 16 && second <= 31;
}
