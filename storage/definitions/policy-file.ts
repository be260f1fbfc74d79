import { basename } from 'node:path';

import { policyProfileSchema, type PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { readSettingsFile } from '../home/settings-file.ts';
import { refusalOfDocument } from './document-mistakes.ts';

const policyWords = { what: 'policy file', check: 'holdfast policies list' };

/**
 * Reads one policy profile.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of each thing that does not fit.
 */
export function readPolicyFile(path: string): PolicyProfile {
  const document = readSettingsFile(path, policyWords);
  const parsed = policyProfileSchema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  throw refusalOfDocument({
    file: basename(path),
    document,
    schema: policyProfileSchema,
    error: parsed.error,
    suggestion:
      'mend the file; `holdfast policies list` checks it, docs/guides/policy.md has the fields',
  });
}
