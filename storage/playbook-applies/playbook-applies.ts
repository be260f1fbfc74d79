import { sql } from 'kysely';

import type { ApplyStatus } from '../../domain/playbooks/apply/apply-status.ts';
import type { TaskResult, TaskStatus } from '../../domain/playbooks/apply/task-results.ts';
import type { HostCounts } from '../../domain/playbooks/playbook-event-schema.ts';
import type { PlaybookRequest } from '../../domain/playbooks/playbook-request-schema.ts';
import { hashJson } from '../hashing.ts';
import { isUniqueViolation, type Executor } from '../postgres/database.ts';

/** One apply of a playbook. */
export interface PlaybookApply {
  readonly callId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly request: PlaybookRequest;
  /** Hash of the files of the repository. */
  readonly content: string;
  /** Hosts that it was to work on. */
  readonly hosts: readonly string[];
  readonly resumes?: string;
  readonly rollsBack?: string;
}

/** One apply and what became of it. */
export interface KnownApply extends PlaybookApply {
  readonly status: ApplyStatus;
  readonly counts?: Readonly<Record<string, HostCounts>>;
}

/** Writes down that an apply begins. Returns false when another one has taken the same call back already. */
export async function beginApply(db: Executor, apply: PlaybookApply): Promise<boolean> {
  try {
    await db
      .insertInto('playbook_applies')
      .values({
        call_id: apply.callId,
        tenant: apply.tenant,
        run_id: apply.runId,
        playbook: apply.request.playbook,
        request: JSON.stringify(apply.request),
        content: apply.content,
        hosts: [...apply.hosts],
        status: 'running',
        resumes: apply.resumes ?? null,
        rolls_back: apply.rollsBack ?? null,
      })
      .onConflict((conflict) =>
        conflict.column('call_id').doUpdateSet({ status: 'running', counts: null, ended_at: null }),
      )
      .execute();
    // A call that a person lets run again has a new list.
    await db.deleteFrom('playbook_changes').where('call_id', '=', apply.callId).execute();
    return true;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return false;
  }
}

/** Writes down how an apply ended. */
export async function endApply(
  db: Executor,
  callId: string,
  { status, counts }: Pick<KnownApply, 'status' | 'counts'>,
): Promise<void> {
  await db
    .updateTable('playbook_applies')
    .set({
      status,
      counts: counts === undefined ? null : JSON.stringify(counts),
      ended_at: sql`now()`,
    })
    .where('call_id', '=', callId)
    .execute();
}

/** One apply by the id of its call. */
export async function readApply(
  db: Executor,
  tenant: string,
  callId: string,
): Promise<KnownApply | undefined> {
  const row = await db
    .selectFrom('playbook_applies')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('call_id', '=', callId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  // Written by beginApply and endApply only.
  return {
    callId,
    tenant,
    runId: row.run_id,
    request: row.request as PlaybookRequest,
    content: row.content,
    hosts: row.hosts,
    status: row.status as ApplyStatus,
    ...(row.counts === null ? {} : { counts: row.counts as Record<string, HostCounts> }),
    ...(row.resumes === null ? {} : { resumes: row.resumes }),
    ...(row.rolls_back === null ? {} : { rollsBack: row.rolls_back }),
  };
}

/** The call that takes an apply back; undefined when none does. */
export async function rollbackOf(
  db: Executor,
  tenant: string,
  callId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('playbook_applies')
    .select('call_id')
    .where('tenant', '=', tenant)
    .where('rolls_back', '=', callId)
    .executeTakeFirst();
  return row?.call_id;
}

/** Writes what became of tasks on hosts; the same position again takes the newer status. */
export async function putChanges(
  db: Executor,
  { callId, tenant, runId }: Pick<PlaybookApply, 'callId' | 'tenant' | 'runId'>,
  results: readonly TaskResult[],
): Promise<void> {
  if (results.length === 0) return;
  await db
    .insertInto('playbook_changes')
    .values(
      results.map((result) => ({
        call_id: callId,
        position: result.position,
        tenant,
        run_id: runId,
        host: result.host,
        play: result.play,
        number: result.number,
        task: result.task,
        action: result.action,
        path: result.path ?? null,
        is_handler: result.isHandler === true,
        leaves: [...(result.leaves ?? [])],
        notifies: [...(result.notifies ?? [])],
        status: result.status,
        diff_hash: result.diffs.length === 0 ? null : hashJson(result.diffs),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['call_id', 'position']).doUpdateSet({
        status: sql`excluded.status`,
        diff_hash: sql`excluded.diff_hash`,
      }),
    )
    .execute();
}

/** One task on one host, as it was recorded. */
export type RecordedChange = Omit<TaskResult, 'diffs'> & { readonly diffHash: string | null };

/** What became of each task on each host of an apply, by position, behind `after`. */
export async function readChanges(
  db: Executor,
  tenant: string,
  { callId, after = -1 }: { readonly callId: string; readonly after?: number },
): Promise<readonly RecordedChange[]> {
  const rows = await db
    .selectFrom('playbook_changes')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('call_id', '=', callId)
    .where('position', '>', after)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    position: row.position,
    host: row.host,
    play: row.play,
    number: row.number,
    task: row.task,
    action: row.action,
    ...(row.path === null ? {} : { path: row.path }),
    ...(row.is_handler ? { isHandler: true as const } : {}),
    leaves: row.leaves,
    notifies: row.notifies,
    // Written by putChanges only.
    status: row.status as TaskStatus,
    diffHash: row.diff_hash,
  }));
}

/** Remembers that a person has looked at contents of a repository before they were run. */
export async function putSeenContent(
  db: Executor,
  { callId, tenant, runId }: Pick<PlaybookApply, 'callId' | 'tenant' | 'runId'>,
  hash: string,
): Promise<void> {
  await db
    .insertInto('playbook_contents')
    .values({ tenant, hash, run_id: runId, call_id: callId })
    .onConflict((conflict) => conflict.columns(['tenant', 'hash']).doNothing())
    .execute();
}

/** Whether a person has looked at these contents. */
export async function isSeenContent(db: Executor, tenant: string, hash: string): Promise<boolean> {
  const row = await db
    .selectFrom('playbook_contents')
    .select('hash')
    .where('tenant', '=', tenant)
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row !== undefined;
}
