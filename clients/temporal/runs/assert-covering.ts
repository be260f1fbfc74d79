import { HoldfastError } from '../../../domain/failures.ts';
import { coversSome } from '../../../domain/policy/match-grant.ts';
import { readApproval, readPreparedCall } from '../../../storage/readers.ts';
import type { LocalConnection } from '../local-connection.ts';

/**
 * Refuses a pattern to remember that fits nothing of the call it comes from: it is a slip, and would allow something
 * that nobody was shown.
 *
 * @throws {HoldfastError} invalid_argument
 */
export async function assertCovering(
  { db, tenant }: LocalConnection,
  approvalId: string,
  pattern: string,
): Promise<void> {
  const approval = await readApproval(db, tenant, approvalId);
  if (approval === undefined || approval.call_id === null) return;
  const call = await readPreparedCall(db, approval.call_id, approval.digest);
  const facts = call?.facts ?? undefined;
  if (facts === undefined || coversSome(pattern, facts)) return;
  throw new HoldfastError(
    'invalid_argument',
    `the pattern "${pattern}" fits nothing of this call: ${approval.subject}`,
    { suggestion: 'approve it without a pattern, or with one that fits its command, path or host' },
  );
}
