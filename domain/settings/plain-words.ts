/** What a schema says of one value that does not fit, as far as words are made of it. */
export interface SchemaIssue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly expected?: string | undefined;
  readonly origin?: string | undefined;
  readonly minimum?: number | bigint | undefined;
  readonly maximum?: number | bigint | undefined;
  readonly inclusive?: boolean | undefined;
  readonly values?: readonly unknown[] | undefined;
  readonly options?: readonly unknown[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly errors?: readonly (readonly SchemaIssue[])[] | undefined;
}

/** Words that the schema library makes by itself; what a schema of ours says is plain already. */
const libraryWords = /^(?:Invalid|Too (?:big|small)|Unrecognized)\b/;

/**
 * Says in plain words what a value must be, to be put behind the name of its field: `must be a whole number`. `whole` is
 * what was checked: a value that is not there at all is called missing.
 */
export function plainWords(issue: SchemaIssue, whole: unknown): string {
  if (!libraryWords.test(issue.message)) return issue.message;
  const words = requirement(issue);
  return valueAt(whole, issue.path) === undefined ? `is missing: it ${words}` : words;
}

function requirement(issue: SchemaIssue): string {
  const { code, values, options, expected, errors = [] } = issue;
  if (code === 'unrecognized_keys') return 'must hold no other fields';
  if (values !== undefined) return `must be ${oneOf(values)}`;
  if (options !== undefined) return `must be ${oneOf(options)}`;
  if (code === 'invalid_type') return `must be ${typeWords.get(expected ?? '') ?? expected}`;
  if (code === 'too_small')
    return `must ${sizeWords(issue, { bound: issue.minimum, side: 'low' })}`;
  if (code === 'too_big') return `must ${sizeWords(issue, { bound: issue.maximum, side: 'high' })}`;
  if (code === 'invalid_format') return formatWords(issue);
  const ways = errors.flatMap(([first]) => (first === undefined ? [] : [choiceWords(first)]));
  return ways.length === 0 ? 'does not fit' : ways.join(', or ');
}

function choiceWords(issue: SchemaIssue): string {
  return libraryWords.test(issue.message) ? requirement(issue) : issue.message;
}

const typeWords: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a block of fields'],
  ['record', 'a block of names with values'],
]);

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => String(value));
  return words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`;
}

function sizeWords(
  { origin, inclusive = true }: SchemaIssue,
  {
    bound = 0,
    side,
  }: { readonly bound: number | bigint | undefined; readonly side: 'low' | 'high' },
): string {
  const unit = { string: 'characters', array: 'entries' }[origin ?? ''] ?? '';
  if (unit !== '' && side === 'low' && Number(bound) === 1) return 'not be empty';
  const most = side === 'low' ? 'at least' : 'at most';
  if (unit !== '') return `have ${most} ${bound} ${unit}`;
  if (inclusive) return `be ${most} ${bound}`;
  return `be ${side === 'low' ? 'more' : 'less'} than ${bound}`;
}

function formatWords({ format, pattern }: SchemaIssue): string {
  if (format === 'url') return 'must be an address such as https://host/path';
  return pattern === undefined
    ? `must be a ${format ?? 'fitting text'}`
    : `must look like ${pattern}`;
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  let value = whole;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
}
