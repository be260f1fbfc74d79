import { z } from 'zod';

// A lone surrogate has no UTF-8, so it could be neither hashed nor written as it is.
const loneSurrogate = /\p{Surrogate}/u;

/** A text from a model: no NUL bytes, nothing that has no UTF-8. `maxLength` in UTF-16 units. */
export function textSchema(maxLength: number): z.ZodString {
  return z
    .string()
    .max(maxLength)
    .refine((text) => !text.includes('\0'), 'must not hold NUL bytes')
    .refine((text) => !loneSurrogate.test(text), 'must be valid Unicode');
}

/** Longest path that the kernel takes (PATH_MAX, limits.h), without the closing NUL. */
const maxPathLength = 4_095;

/** A path as a model names it; what it leads to is decided by `withPlace` alone. */
export const pathSchema = textSchema(maxPathLength).min(1);
