import { redactionMark } from './redaction-mark.ts';

/**
 * Shapes that only a secret has, so that they may be taken out of what an agent works with: keys with the prefixes that
 * providers give them, JSON Web Tokens, private keys in PEM, and addresses with a password. Whoever writes a text chooses what
 * they are tried on: each begins where a word does or looks a bounded way ahead, so that the time grows as the text does.
 */
const certain: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----(?:[^-]|-(?!----)){16,20000}-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----/g,
  /\bsk-(?=[A-Za-z0-9_-]{0,80}\d)[A-Za-z0-9_-]{20,}/g,
  /\b[spr]k_(?:live|test)_[A-Za-z0-9]{10,}/g,
  /\b(?:gsk|hf|xai)[-_](?=[A-Za-z0-9]{0,80}\d)[A-Za-z0-9]{20,}/g,
  /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,})/g,
  /\bAIza[A-Za-z0-9_-]{35}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
];

/** A user and a password in an address; the scheme and the host stay readable. */
const addressPassword = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"'`<>{}$]*:[^\s/@"'`<>{}$]{3,}@/gi;

/**
 * Shapes that are secrets or personal often enough to have no place in a log: headers, fields named like a secret, mail
 * addresses, numbers of cards and of social security. In source code they would hit what is none.
 */
const likely: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redactionMark}`],
  [
    /\b([\w-]{0,40}(?:password|passwd|secret|token|api[-_ ]?key|authorization)["']?\s{0,3}[:=]\s{0,3}["']?)(?!<<)[^\s"',;&<]{4,}/gi,
    `$1${redactionMark}`,
  ],
  [/\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}\b/g, redactionMark],
  [/\b\d{4}([ -]?)\d{4}\1\d{4}\1\d{3,4}\b/g, redactionMark],
  [/\b\d{3}-\d{2}-\d{4}\b/g, redactionMark],
];

/** Replaces what surely is a secret by its shape. Fit for text that goes on being worked with. */
export function redactCertain(text: string): string {
  let clean = text.replace(addressPassword, `$1${redactionMark}@`);
  for (const shape of certain) clean = clean.replace(shape, redactionMark);
  return clean;
}

/** Replaces all that looks like a secret or like personal data. For lines that only people read. */
export function redactLikely(text: string): string {
  let clean = redactCertain(text);
  for (const [shape, by] of likely) clean = clean.replace(shape, by);
  return clean;
}
