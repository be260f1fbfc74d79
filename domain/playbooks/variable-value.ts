import type { Json } from '../json.ts';
import type { PlaybookVariable } from './playbook-entry.ts';

/** A text read as the value of a variable, or what it would have to be. */
export type ReadValue =
  | { readonly type: 'value'; readonly value: Json }
  | { readonly type: 'unfit'; readonly constraint: string };

const yes: ReadonlySet<string> = new Set(['yes', 'true', 'on', '1', 'y', 't']);
const no: ReadonlySet<string> = new Set(['no', 'false', 'off', '0', 'n', 'f']);

/**
 * Reads a text as a value of the variable's type, with the words for yes and no that Ansible takes. A list may be JSON
 * or have commas between its parts; a mapping is JSON. Without a type the text stays as it is.
 */
export function readValue(
  text: string,
  { type, elements, choices }: Pick<PlaybookVariable, 'type' | 'elements' | 'choices'>,
): ReadValue {
  const read = type === 'list' ? list(text, elements) : readTyped(text, type);
  if (read.type === 'unfit' || choices === undefined) return read;
  const isChoice = choices.some((choice) => JSON.stringify(choice) === JSON.stringify(read.value));
  if (isChoice) return read;
  return unfit(`one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
}

/** The type of a usual value as argument_specs name it; undefined where the value says nothing, as null and templates. */
export function typeOfValue(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('{{') ? undefined : 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'dict' : undefined;
}

function readTyped(text: string, type = 'str'): ReadValue {
  switch (type) {
    case 'int':
      return number(text, /^[-+]?\d+$/, 'a whole number');
    case 'float':
      return number(text, /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, 'a number');
    case 'bool':
      return truth(text);
    case 'dict':
      return mapping(text);
    // As it is written: texts, paths, and types that only Ansible knows.
    default:
      return { type: 'value', value: text };
  }
}

function number(text: string, shape: RegExp, words: string): ReadValue {
  const value = Number(text);
  if (!shape.test(text) || !Number.isFinite(value)) return unfit(words);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return unfit(words);
  return { type: 'value', value };
}

function truth(text: string): ReadValue {
  const word = text.toLowerCase();
  if (yes.has(word)) return { type: 'value', value: true };
  return no.has(word) ? { type: 'value', value: false } : unfit('yes or no');
}

function list(text: string, elements: string | undefined): ReadValue {
  const words =
    elements === 'dict'
      ? 'a list of mappings as JSON'
      : 'a list: JSON, or words with commas between';
  const written = fromJson(text);
  if (Array.isArray(written)) {
    const fit = written.every((part) => fits(part, elements));
    return fit ? { type: 'value', value: written } : unfit(`${words}, each of type ${elements}`);
  }
  if (/^\s*[[{]/.test(text)) return unfit(words);
  const parts = text.split(',').map((part) => part.trim());
  const read = parts.filter((part) => part !== '').map((part) => readTyped(part, elements));
  const values = read.flatMap((each) => (each.type === 'value' ? [each.value] : []));
  return values.length === read.length
    ? { type: 'value', value: values }
    : unfit(elements === 'dict' ? words : `${words}, each of type ${elements}`);
}

/** Texts are what Ansible makes of anything. */
function fits(value: Json, elements: string | undefined): boolean {
  if (elements === undefined || !typed.has(elements)) return true;
  const type = typeOfValue(value);
  return type === elements || (elements === 'float' && type === 'int');
}

const typed: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'list', 'dict']);

function mapping(text: string): ReadValue {
  const written = fromJson(text);
  const isMapping = typeof written === 'object' && written !== null && !Array.isArray(written);
  return isMapping ? { type: 'value', value: written } : unfit('a mapping as JSON');
}

function fromJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unfit(constraint: string): ReadValue {
  return { type: 'unfit', constraint };
}
