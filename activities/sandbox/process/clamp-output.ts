/** Characters of output that a model is shown at most. */
const maxOutputCharacters = 50_000;

/**
 * Cuts text to `maxCharacters` UTF-16 units and says so in a last line `[TRUNCATED at N bytes]`, where N is the size
 * of what was kept in UTF-8. Never cuts a surrogate pair in two. `earlier` tells whether output was lost before.
 */
export function clampOutput(
  text: string,
  maxCharacters: number = maxOutputCharacters,
  earlier: 'complete' | 'truncated' = 'complete',
): string {
  if (text.length <= maxCharacters && earlier === 'complete') return text;
  const kept = text.slice(0, wholeCharacters(text, maxCharacters));
  return `${kept}\n[TRUNCATED at ${Buffer.byteLength(kept)} bytes]`;
}

function wholeCharacters(text: string, maxCharacters: number): number {
  const last = text.charCodeAt(maxCharacters - 1);
  const cutsPair = maxCharacters < text.length && last >= 0xd800 && last <= 0xdbff;
  return cutsPair ? maxCharacters - 1 : maxCharacters;
}
