import type { z } from 'zod';

import { textSchema } from '../argument-schemas.ts';

/** Name of a branch: the letters that no program takes for anything else, by the rules of git check-ref-format. */
export const branchSchema: z.ZodString = textSchema(200).regex(
  /^(?!.*(?:\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)|[./]$))[A-Za-z0-9_][\w./+-]*$/,
  'must be the name of a branch such as fix/sum',
);

/** A ref as people read it: of a branch its name. */
export function shortRef(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
