import { basename } from 'node:path';

import { policyCasesSchema, type PolicyCase } from '../../domain/policy/policy-cases-schema.ts';
import { readSettingsFile } from '../home/settings-file.ts';
import { refusalOfDocument } from './document-mistakes.ts';

/** Cases of a file, in its order, each with the place it stands at. */
export interface PolicyCases {
  /** The profile that the file names. */
  readonly policy: string | undefined;
  readonly cases: readonly (PolicyCase & { readonly line: number })[];
}

/**
 * Reads a user's own cases for a policy.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of each thing that does not fit.
 */
export function readPolicyCases(path: string): PolicyCases {
  const document = readSettingsFile(path, {
    what: 'file of cases',
    check: 'holdfast policies test',
  });
  const parsed = policyCasesSchema.safeParse(document.value);
  if (parsed.success) {
    const { policy, cases } = parsed.data;
    const lineOf = (at: number): number => Number(document.locate(['cases', at]).split(':').at(-2));
    return { policy, cases: cases.map((one, at) => ({ ...one, line: lineOf(at) })) };
  }
  throw refusalOfDocument({
    file: basename(path),
    document,
    schema: policyCasesSchema,
    error: parsed.error,
    suggestion: 'see docs/guides/policy.md for the fields of a case',
  });
}
