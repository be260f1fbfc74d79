import type { z } from 'zod';

import type { FieldError } from '../../domain/failures.ts';

/** Most field errors that are told at once. */
const maxFieldErrors = 8;

/** What does not fit, field by field, in the order of the schema. */
export function fieldErrorsOf(error: z.ZodError): readonly FieldError[] {
  return error.issues.slice(0, maxFieldErrors).map((issue) => ({
    field: issue.path.map(String).join('.') || '(all)',
    constraint: issue.message,
  }));
}

/** The same in one line. */
export function inWords(errors: readonly FieldError[]): string {
  return errors.map(({ field, constraint }) => `${field}: ${constraint}`).join('; ');
}
