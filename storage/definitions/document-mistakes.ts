import { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { SettingsDocument } from '../../domain/settings/layer-settings.ts';
import { nearestName } from '../../domain/settings/nearest-name.ts';
import { plainWords } from '../../domain/settings/plain-words.ts';

type Path = readonly (string | number)[];

/** One thing that does not fit. */
interface Mistake {
  /** `file:line:column`; of the block that lacks it where something is missing. */
  readonly place: string;
  /** Path with dots; empty for the whole file. */
  readonly field: string;
  readonly constraint: string;
}

/** A YAML file that a schema refused. */
export interface RefusedDocument {
  /** Name of the file. */
  readonly file: string;
  readonly document: SettingsDocument;
  readonly schema: z.ZodType;
  readonly error: z.ZodError;
  readonly suggestion: string;
}

/** The error that names each mistake of a document with its line and column, in plain words; `details.mistakes` lists them. */
export function refusalOfDocument(refused: RefusedDocument): HoldfastError {
  const mistakes = refused.error.issues.flatMap((issue) => mistakesOf(issue, refused));
  const lines = mistakes.map(({ place, field, constraint }) =>
    [place, ...(field === '' ? [] : [field]), constraint].join(': '),
  );
  const message =
    lines.length === 1
      ? (lines[0] ?? '')
      : [`${refused.file} has ${lines.length} mistakes`, ...lines].join('\n  ');
  return new HoldfastError('invalid_argument', message, {
    suggestion: refused.suggestion,
    fieldErrors: mistakes.map(({ field, constraint }) => ({ field, constraint })),
    details: { mistakes },
  });
}

function mistakesOf(
  issue: z.core.$ZodIssue,
  { document, schema }: RefusedDocument,
): readonly Mistake[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const mistake = (at: Path, constraint: string): Mistake => ({
    place: document.locate(at),
    field: at.join('.'),
    constraint,
  });
  if (issue.code !== 'unrecognized_keys') return [mistake(path, plainWords(issue, document.value))];
  return issue.keys.map((key) =>
    mistake([...path, key], unknownField(key, fieldsAt(schema, path))),
  );
}

function unknownField(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? 'there is no such field'
    : `there is no such field; did you mean ${nearest}?`;
}

/** The fields that the block at a path may have. */
function fieldsAt(whole: z.ZodType, path: Path): readonly string[] {
  let schema: unknown = z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' });
  for (const key of path) {
    if (!isJsonObject(schema)) return [];
    const { properties, items } = schema;
    schema =
      typeof key === 'number' ? items : isJsonObject(properties) ? properties[key] : undefined;
  }
  return isJsonObject(schema) && isJsonObject(schema['properties'])
    ? Object.keys(schema['properties'])
    : [];
}
