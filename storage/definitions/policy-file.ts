import { basename } from 'node:path';

import { policyProfileSchema, type PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { readSettingsFile } from '../home/settings-file.ts';
import { refusalOfDocument } from './document-mistakes.ts';

/**
 * Reads one policy profile.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of each thing that does not fit.
 */
export function readPolicyFile(path: string): PolicyProfile {
  const document = readSettingsFile(path);
  const parsed = policyProfileSchema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  throw refusalOfDocument({
    file: basename(path),
    document,
    schema: policyProfileSchema,
    error: parsed.error,
    suggestion: 'see docs/guides/policy.md for the fields of a profile',
  });
}
