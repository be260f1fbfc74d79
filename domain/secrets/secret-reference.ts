/** A reference to a secret inside of a text. */
const reference = /secret:\/\/([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)/g;

/** The names of the secrets that a text refers to as `secret://NAME`, each once, in order. */
export function referredSecrets(text: string): readonly string[] {
  return [...new Set([...text.matchAll(reference)].map(([, name = '']) => name))];
}

/** Puts values in the place of references. */
export function withSecrets(text: string, valueOf: (name: string) => string): string {
  return text.replace(reference, (_, name: string) => valueOf(name));
}
