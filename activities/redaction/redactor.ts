import {
  createTextMatcher,
  joined,
  type TextMatcher,
  type TextRange,
} from '../../domain/redaction/text-matcher.ts';
import { redactionMark } from '../../domain/redaction/redaction-mark.ts';
import { redactCertain, redactLikely } from '../../domain/redaction/secret-patterns.ts';
import { secretForms } from './secret-forms.ts';

/** Takes the secrets out of a stream of pieces; a secret may be spread over several of them. */
export interface RedactingStream {
  /** Takes the next piece and gives what can be passed on. What may be the beginning of a secret is held back. */
  readonly write: (piece: string) => string;
  /** Gives what was held back. */
  readonly end: () => string;
}

/** The part of a secret at the very end of a cut text that is taken out as well: fewer characters tell too little. */
const shortestRest = 8;

/** Text that was broken into lines, as `base64` (76 characters), PEM (64) and `xxd -p` (60) print it, also inside of JSON. */
const wrapped =
  /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}(?:(?:\r?\n|(?:\\+r)?\\+n)[A-Za-z0-9+/_-]{2,})+={0,2}/g;
const lineBreaks = /[\r\n]|\\+[rn]/g;

/**
 * Knows the values of secrets and takes them out of texts, whatever encoding they come in. What it once learned it keeps:
 * a value that was replaced may still be printed by what was begun with it.
 */
export class Redactor {
  readonly #known = new Set<string>();
  #matcher: TextMatcher = createTextMatcher({ exact: [], base64: [] });

  /** How many values are known; what was clean before may not be when there are more. */
  get learned(): number {
    return this.#known.size;
  }

  /** Adds values; from then on none of them passes. Those shorter than six characters are left alone. */
  learn(values: Iterable<string>): void {
    const before = this.#known.size;
    for (const value of values) this.#known.add(value);
    if (this.#known.size === before) return;
    const forms = [...this.#known].map((value) => secretForms(value));
    this.#matcher = createTextMatcher({
      exact: forms.flatMap((each) => each.plain),
      base64: forms.flatMap((each) => each.base64),
    });
  }

  /** Replaces known values. The same text comes back when there is none in it. */
  values(text: string): string {
    return replaced(text, this.#rangesIn(text));
  }

  /** Replaces known values and what surely is a secret by its shape. */
  text(text: string): string {
    return redactCertain(this.values(text));
  }

  /** Replaces known values and all that looks like a secret: for logs. */
  line(text: string): string {
    return redactLikely(this.values(text));
  }

  /** As `values`, for bytes of any encoding, such as those of a patch. */
  bytes(bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes).toString('latin1');
    const clean = this.values(text);
    return clean === text ? bytes : Buffer.from(clean, 'latin1');
  }

  /** Where known values stand in bytes: to be overwritten in place. */
  rangesInBytes(bytes: Uint8Array): readonly TextRange[] {
    return this.#rangesIn(Buffer.from(bytes).toString('latin1'));
  }

  /** Replaces known values in every text of a JSON value, names of fields included; `except` names fields that are left. */
  json<Value>(value: Value, except?: ReadonlySet<string>): Value {
    if (this.#known.size === 0) return value;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return this.#deep(value, except) as Value;
  }

  /** Replaces known values in the words of an error and of what caused it, in place, and gives it back. */
  error(error: unknown): unknown {
    if (this.#known.size === 0) return error;
    for (let at = error, depth = 0; isErrorLike(at) && depth < maxCauses; depth += 1) {
      this.#inPlace(at, 'message');
      this.#inPlace(at, 'stack');
      this.#inPlace(at, 'details');
      at = 'cause' in at ? at.cause : undefined;
    }
    return typeof error === 'string' ? this.values(error) : error;
  }

  /** Opens a stream of pieces. */
  stream(): RedactingStream {
    let held = '';
    return {
      write: (piece) => {
        const text = held + piece;
        const open = this.#matcher.openEnd(text);
        const ranges = this.#matcher.find(text);
        // What is found whole may go on in the next piece, in a longer secret.
        const whole = ranges.findLast(({ end }) => end > text.length - open);
        const cut = Math.min(text.length - open, whole?.start ?? text.length);
        held = text.slice(cut);
        return replaced(
          text.slice(0, cut),
          ranges.filter(({ end }) => end <= cut),
        );
      },
      end: () => {
        const rest = this.values(held);
        held = '';
        return rest;
      },
    };
  }

  #rangesIn(text: string): readonly TextRange[] {
    if (this.#known.size === 0) return [];
    const found = this.#matcher.find(text);
    const open = this.#matcher.openEnd(text);
    const rest = open >= shortestRest ? [{ start: text.length - open, end: text.length }] : [];
    return joined([...found, ...this.#wrappedIn(text), ...rest]);
  }

  /** Secrets in blocks that were broken into lines. */
  #wrappedIn(text: string): readonly TextRange[] {
    return [...text.matchAll(wrapped)].flatMap(({ 0: block, index }) => {
      const found = this.#matcher.find(block.replaceAll(lineBreaks, ''), 'left');
      if (found.length === 0) return [];
      const placeOf = placesIn(block);
      return found.map(({ start, end }) => ({
        start: index + placeOf(start),
        end: index + placeOf(end - 1) + 1,
      }));
    });
  }

  /** Some errors have their words behind an accessor that takes none. */
  #inPlace(error: object, name: 'message' | 'stack' | 'details'): void {
    const value: unknown = name in error ? Reflect.get(error, name) : undefined;
    const clean = this.#deep(value);
    if (JSON.stringify(clean) === JSON.stringify(value)) return;
    Object.defineProperty(error, name, { value: clean, configurable: true, writable: true });
  }

  #deep(value: unknown, except?: ReadonlySet<string>): unknown {
    if (typeof value === 'string') return this.values(value);
    if (Array.isArray(value)) return value.map((each) => this.#deep(each, except));
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) =>
        except?.has(name) === true ? [name, inner] : [this.values(name), this.#deep(inner, except)],
      ),
    );
  }
}

/** Where each character of a block without its line breaks stands in the block. */
function placesIn(block: string): (at: number) => number {
  const places: number[] = [];
  let at = 0;
  for (const line of block.split(lineBreaks)) {
    for (let each = 0; each < line.length; each += 1) places.push(at + each);
    at += line.length + lengthOfBreak(block, at + line.length);
  }
  return (place) => places[place] ?? place;
}

function lengthOfBreak(block: string, at: number): number {
  return /^(?:[\r\n]|\\+[rn])/.exec(block.slice(at, at + 16))?.[0].length ?? 0;
}

/** Causes that are looked at, so that a circle ends. */
const maxCauses = 8;

/** Errors come from other realms too, and what an endpoint throws need not be one. */
function isErrorLike(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'message' in value;
}

function replaced(text: string, ranges: readonly TextRange[]): string {
  if (ranges.length === 0) return text;
  let clean = '';
  let at = 0;
  for (const { start, end } of ranges) {
    clean += text.slice(at, start) + redactionMark;
    at = end;
  }
  return clean + text.slice(at);
}
