import type { FieldError } from '../failures.ts';
import { plainWords, type SchemaIssue } from './plain-words.ts';

/** Most field errors that are told at once. */
const maxFieldErrors = 8;

/** What does not fit in `whole`, field by field, in the order of the schema and in plain words; at most 8. */
export function fieldErrorsOf(
  { issues }: { readonly issues: readonly SchemaIssue[] },
  whole: unknown,
): readonly FieldError[] {
  return issues
    .flatMap((issue): readonly FieldError[] => {
      const field = issue.path.map(String).join('.');
      if (issue.code !== 'unrecognized_keys' || issue.keys === undefined) {
        return [{ field: field || '(all)', constraint: plainWords(issue, whole) }];
      }
      return issue.keys.map((key) => ({
        field: field === '' ? key : `${field}.${key}`,
        constraint: 'is not known here',
      }));
    })
    .slice(0, maxFieldErrors);
}

/** The same in one line. */
export function inWords(errors: readonly FieldError[]): string {
  return errors
    .map(({ field, constraint }) =>
      /^(?:must|is) /.test(constraint) ? `${field} ${constraint}` : `${field}: ${constraint}`,
    )
    .join('; ');
}
