/** A part of a text: from `start` up to, not including, `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Whether what is found in base64 takes its neighbours with it; not where line breaks were taken out. Default `taken`. */
export type Edges = 'taken' | 'left';

/** Finds many texts in another one in a single pass. */
export interface TextMatcher {
  /** Where any of them stands: sorted, parts that overlap joined. Empty when none does. */
  readonly find: (text: string, edges?: Edges) => readonly TextRange[];
  /** Length of the longest end of `text` that may be the beginning of one of them; 0 when none begins there. */
  readonly openEnd: (text: string) => number;
}

/** What is looked for. */
export interface WantedTexts {
  readonly exact: readonly string[];
  /** Middle parts of base64 texts: up to two characters of that alphabet on each side belong to what is found. */
  readonly base64: readonly string[];
}

/** Texts shorter than this are left out: their first characters are the key of the table. */
const keyLength = 4;

/** Slots of the table: with a thousand texts about one position in sixty is looked at twice. */
const slots = 1 << 16;

interface Form {
  readonly text: string;
  readonly hasEdges: boolean;
}

/**
 * Builds a matcher. A table of the first four characters rules out nearly every position with one multiplication, so the
 * cost hardly grows with the number of texts (measured: docs/guides/secrets.md).
 */
export function createTextMatcher({ exact, base64 }: WantedTexts): TextMatcher {
  const forms = [
    ...exact.map((text) => ({ text, hasEdges: false })),
    ...base64.map((text) => ({ text, hasEdges: true })),
  ].filter(({ text }) => text.length >= keyLength);
  if (forms.length === 0) return { find: () => [], openEnd: () => 0 };
  const table = new Uint8Array(slots);
  const byKey = new Map<number, Form[]>();
  const byFirst = new Map<string, string[]>();
  // The longest first: it is the one that counts where several begin.
  for (const form of forms.toSorted((a, b) => b.text.length - a.text.length)) {
    const { text } = form;
    const key = keyOf(text);
    put(byKey, key, form);
    put(byFirst, text.charAt(0), text);
    table[slotOf(key)] = 1;
  }
  const longest = Math.max(...forms.map(({ text }) => text.length));
  return {
    find: (text, edges = 'taken') => {
      const found = find(text, table, byKey);
      return joined(
        found.map(({ range, hasEdges }) =>
          hasEdges && edges === 'taken' ? withEdges(text, range) : range,
        ),
      );
    },
    openEnd: (text) => openEnd(text, byFirst, longest),
  };
}

function put<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

function find(
  text: string,
  table: Uint8Array,
  byKey: ReadonlyMap<number, readonly Form[]>,
): readonly Found[] {
  const found: Found[] = [];
  let key = 0;
  for (let at = 0; at < text.length; at += 1) {
    key = ((key << 8) ^ text.charCodeAt(at)) | 0;
    if (table[slotOf(key)] === 0) continue;
    const start = at - keyLength + 1;
    const form = byKey.get(key)?.find((each) => text.startsWith(each.text, start));
    if (form === undefined || start < 0) continue;
    const range = { start, end: start + form.text.length };
    found.push({ range, hasEdges: form.hasEdges });
  }
  return found;
}

interface Found {
  readonly range: TextRange;
  readonly hasEdges: boolean;
}

/** Sorts ranges and joins those that overlap. */
export function joined(ranges: readonly TextRange[]): readonly TextRange[] {
  if (ranges.length < 2) return ranges;
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** Most characters on each side that share bits with the middle part. */
const edge = 2;

function withEdges(text: string, { start, end }: TextRange): TextRange {
  let from = start;
  let to = end;
  while (start - from < edge && isBase64(text, from - 1) && text.charAt(from - 2) !== '\\')
    from -= 1;
  while (to - end < edge && isBase64(text, to)) to += 1;
  return { start: from, end: to };
}

function isBase64(text: string, at: number): boolean {
  return /[A-Za-z0-9+/=_-]/.test(text.charAt(at));
}

function openEnd(
  text: string,
  byFirst: ReadonlyMap<string, readonly string[]>,
  longest: number,
): number {
  for (let length = Math.min(longest - 1, text.length); length > 0; length -= 1) {
    const start = text.length - length;
    const forms = byFirst.get(text.charAt(start));
    if (forms === undefined) continue;
    const end = text.slice(start);
    if (forms.some((form) => form.length > length && form.startsWith(end))) return length;
  }
  return 0;
}

// Of wider characters the upper half runs into the key of the one before: the same on both sides.
function keyOf(form: string): number {
  let key = 0;
  for (let at = 0; at < keyLength; at += 1) key = ((key << 8) ^ form.charCodeAt(at)) | 0;
  return key;
}

// Multiplicative hashing by 2^32 / golden ratio (Knuth, TAOCP 3, 6.4): the high bits are well mixed.
function slotOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> 16;
}
