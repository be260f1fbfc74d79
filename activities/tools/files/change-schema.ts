import { z } from 'zod';

/** What is recorded before a change of one file: hashes of its content before (null: no file) and after. */
export const changeSchema = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string(),
});
