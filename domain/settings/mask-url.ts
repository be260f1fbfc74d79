/** The address of a server with its password masked, for people and logs; also one that is not encoded as it should be. */
export function maskPassword(url: string): string {
  return (
    url
      // Up to the last @, because people write passwords as they are.
      .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?#@]*):.*@/i, '$1:***@')
      .replaceAll(/([?&][a-z_]*(?:password|passwd|token|key|secret)=)[^&#]*/gi, '$1***')
  );
}

/** An address of which the path is a secret, as those of incoming webhooks are. */
export function maskPath(url: string): string {
  const [, scheme = '', host = ''] = /^(https?:\/\/)(?:[^/?#]*@)?([^/?#]*)/i.exec(url) ?? [];
  return `${scheme}${host}/***`;
}
