import { isJson, isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Proof } from '../principals/principal.ts';

/**
 * Guards for what arrives at a workflow. Anybody can send anything by the Temporal UI or CLI, and an exception in a
 * signal handler fails the run, so nothing here throws: a guard returns the input or the reason it was refused.
 */
export type Parsed<T> =
  | { readonly type: 'ok'; readonly input: T }
  | { readonly type: 'refused'; readonly reason: string };

/** Longest text that a message may carry itself, in bytes of UTF-8; longer text goes by blob. */
export const maxMessageTextBytes = 2048;
/** Longest id, name or short word, in characters. */
const maxWordLength = 256;

/** Mark that the payload converter leaves where a payload could not be decoded. */
export const undecodableMark = 'undecodable';

/** Reads one message as an object, with one call per field; remembers the first thing that was wrong. */
export class FieldReader {
  readonly #fields: { readonly [key: string]: unknown };
  #refusal: string | undefined;

  constructor(value: unknown) {
    this.#fields = isJsonObject(value) ? value : {};
    if (!isJsonObject(value)) this.#refusal = 'the message must be one JSON object';
    else if (this.#own(undecodableMark) === true) {
      this.#refusal = 'the message could not be decoded; send it as JSON (encoding json/plain)';
    }
  }

  /** A word of up to 512 characters that must be there. */
  word(name: string): string {
    const value = this.optionalWord(name);
    if (value === undefined) this.#refuse(`${name} is missing`);
    return value ?? '';
  }

  optionalWord(name: string): string | undefined {
    const value = this.#own(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || value.length === 0 || value.length > maxWordLength) {
      this.#refuse(`${name} must be a text of 1 to ${maxWordLength} characters`);
      return undefined;
    }
    if (controlCharacter.test(value) || !isStorable(value)) {
      this.#refuse(`${name} must not hold control characters`);
      return undefined;
    }
    return value;
  }

  /** A text of up to 2 KB that must be there and not be blank. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value.trim() === '') this.#refuse(`${name} is missing`);
    return value ?? '';
  }

  optionalText(name: string): string | undefined {
    const value = this.#own(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || utf8Length(value) > maxMessageTextBytes) {
      this.#refuse(`${name} must be a text of at most ${maxMessageTextBytes} bytes`);
      return undefined;
    }
    if (!isStorable(value)) {
      this.#refuse(`${name} holds characters that cannot be stored: NUL or half of a pair`);
      return undefined;
    }
    return value;
  }

  /** One of a closed set of words. */
  oneOf<const Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const value = this.#own(name);
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) this.#refuse(`${name} must be one of ${words.join(', ')}`);
    return word ?? words[0];
  }

  optionalAmount(name: string): number | undefined {
    const value = this.#own(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      this.#refuse(`${name} must be a whole number, 0 or more`);
      return undefined;
    }
    return value;
  }

  /** A JSON object of up to 64 levels whose texts can all be stored. */
  optionalObject(name: string): JsonObject | undefined {
    const value = this.#own(name);
    if (value === undefined || value === null) return undefined;
    if (!isJsonObject(value) || !isJson(value, 64)) {
      this.#refuse(`${name} must be an object`);
      return undefined;
    }
    if (!isStorableJson(value)) {
      this.#refuse(`${name} holds characters that cannot be stored: NUL or half of a pair`);
      return undefined;
    }
    return value;
  }

  /** A signature of the message; whether it is right is seen in an activity. */
  optionalProof(): Proof | undefined {
    const value = this.optionalObject('proof');
    if (value === undefined) return undefined;
    const fields = new FieldReader(value);
    const parsed = fields.done({
      keyId: fields.word('keyId'),
      at: fields.word('at'),
      signature: fields.word('signature'),
    });
    if (parsed.type === 'ok') return parsed.input;
    this.#refuse(`proof: ${parsed.reason}`);
    return undefined;
  }

  /** The input when every field was fine, else the first refusal. */
  done<T>(input: T): Parsed<T> {
    return this.#refusal === undefined
      ? { type: 'ok', input }
      : { type: 'refused', reason: this.#refusal };
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #refuse(reason: string): void {
    this.#refusal ??= reason;
  }
}

const controlCharacter = /\p{Cc}/u;
/** PostgreSQL stores neither NUL nor half of a surrogate pair: a text with one would fail every write of the run. */
const unstorable = /\0|\p{Surrogate}/u;

function isStorable(text: string): boolean {
  return !unstorable.test(text);
}

function isStorableJson(value: Json): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, part]) => isStorable(key) && isStorableJson(part));
}

/** Bytes of a text in UTF-8; a lone surrogate counts as three. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
