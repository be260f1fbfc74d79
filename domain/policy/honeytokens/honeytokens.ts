import type { Json } from '../../json.ts';
import type { CallFacts } from '../../tools/facts.ts';
import type { Honeytokens } from './honeytoken-schema.ts';

/** Rule of the verdict on a call that uses something planted. */
export const honeytokenRule = 'honeytoken';

/** A call, as far as planted things can be in it. */
export interface SuspectedCall {
  readonly arguments: Json;
  readonly facts: CallFacts;
}

/**
 * Says which planted thing a call uses, without its value; undefined when it uses none. Keys are found plain, in base64
 * at any offset, in hex and in URL encoding, also across the quotes of a shell text; addresses in any text; files where
 * a path names them. Listing a folder or searching it names no file.
 */
export function plantedIn(tokens: Honeytokens, call: SuspectedCall): string | undefined {
  if (!tokens.enabled) return undefined;
  const { commands, hosts, paths } = call.facts;
  const texts = [
    ...textsIn(call.arguments),
    ...commands.flatMap(({ argv, assignments }) => [...argv, ...assignments, argv.join(' ')]),
    ...hosts,
  ];
  const key = tokens.keys.findIndex((value) => isIn(texts, formsOf(value)));
  if (key >= 0) return `a planted key (number ${key + 1})`;
  const lower = texts.map((text) => text.toLowerCase());
  const address = tokens.addresses.find((value) => isIn(lower, [value.toLowerCase()]));
  if (address !== undefined) return `the planted address ${address}`;
  const named = new Set(paths.map(({ path }) => path));
  const file = tokens.files.find(({ path }) => named.has(path));
  return file === undefined ? undefined : `the planted file ${file.path}`;
}

function isIn(texts: readonly string[], forms: readonly string[]): boolean {
  return texts.some((text) => forms.some((form) => text.includes(form)));
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsIn(part)]);
}

const forms = new Map<string, readonly string[]>();

/** How a value may be written; worked out once for each. */
function formsOf(value: string): readonly string[] {
  const known = forms.get(value);
  if (known !== undefined) return known;
  const bytes = bytesOf(value);
  const encoded = [0, 1, 2].map((offset) => base64Core(bytes, offset));
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const url = encodeURIComponent(value);
  const found = [
    value,
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    url,
  ];
  forms.set(value, found);
  return found;
}

function bytesOf(text: string): number[] {
  return unescapedPercent(encodeURIComponent(text));
}

function unescapedPercent(text: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const isEscape = text.charAt(at) === '%';
    bytes.push(isEscape ? Number.parseInt(text.slice(at + 1, at + 3), 16) : text.charCodeAt(at));
    if (isEscape) at += 2;
  }
  return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The part of the base64 text that does not depend on what stands before and after, for one of three offsets (RFC 4648). */
function base64Core(bytes: readonly number[], offset: number): string {
  const bits = [...Array<number>(offset).fill(0), ...bytes]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(bits.length / 6);
  let text = '';
  for (let at = first; at < last; at += 1) {
    text += alphabet.charAt(Number.parseInt(bits.slice(at * 6, at * 6 + 6), 2));
  }
  return text;
}
