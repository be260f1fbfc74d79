import { HoldfastError } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import {
  readApproval,
  readCallBefore,
  readDecisions,
  readPreparedCall,
} from '../../../storage/readers.ts';
import type { ApprovalDetail } from '../../inbox-client.ts';
import type { LocalConnection } from '../local-connection.ts';
import { callDifferences } from './call-differences.ts';
import { inboxItemOf, objectOf } from './run-views.ts';

/** An approval with everything that a person needs to decide: what will run, and why policy asked. */
export async function approvalDetail(
  { db, tenant }: LocalConnection,
  approvalId: string,
): Promise<ApprovalDetail> {
  const row = await readApproval(db, tenant, approvalId);
  if (row === undefined) throw new HoldfastError('not_found', `there is no approval ${approvalId}`);
  const call =
    row.call_id === null ? undefined : await readPreparedCall(db, row.call_id, row.digest);
  const before =
    row.call_id === null ? undefined : await readCallBefore(db, row.call_id, row.digest);
  const decisions = await readDecisions(db, approvalId);
  const args = call === undefined ? null : objectOf(call.arguments);
  const { facts } = call ?? {};
  return {
    ...inboxItemOf(row),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    state: row.state as ApprovalDetail['state'],
    digest: row.digest,
    tool: call?.tool ?? null,
    arguments: args,
    detail: call?.detail ?? '',
    commands: (facts?.commands ?? []).map(({ argv, via }) =>
      via.length === 0 ? argv.join(' ') : `${argv.join(' ')}   (in ${via.join(' › ')})`,
    ),
    paths: (facts?.paths ?? []).map(({ path, operation }) => `${operation} ${path}`),
    hosts: facts?.hosts ?? [],
    unresolved: facts?.unresolved ?? [],
    why: call?.why ?? [],
    differences: callDifferences(before, call),
    policy: call?.verdict.policy ?? null,
    decisions: decisions.map((one) => ({
      by: one.by_whom,
      decision: one.decision,
      at: one.decided_at.toISOString(),
    })),
    question: textOf(args, 'question'),
    choices: textsOf(args, 'choices'),
  };
}

function textOf(value: unknown, key: string): string | null {
  const found = isJsonObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : null;
}

function textsOf(value: unknown, key: string): readonly string[] {
  const found = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : [];
}
