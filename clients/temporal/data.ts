import { randomUUID } from 'node:crypto';

import { undoWorkflowsOf } from '../../domain/effects/undo.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { ErasureSubject } from '../../domain/retention/retention.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { eraseRuns, isLockBusy, prune, unnamePerson } from '../../storage/administration.ts';
import { countNamed, gitReader, runsToErase, wouldPrune } from '../../storage/readers.ts';
import type { DataClient, Erased } from '../data-client.ts';
import { assertKnown } from './assert-known.ts';
import type { LocalConnection } from './local-connection.ts';
import { findRun } from './runs/find-id.ts';
import { requireRole } from './runs/require-role.ts';
import { isNamed, translated } from './translate-error.ts';

/** Taking data of a local installation away. */
export function dataClient(connection: LocalConnection): DataClient {
  const { db, tenant } = connection;
  return {
    prune: async ({ retention, auditRepository, isDryRun }) =>
      unlessBusy(async () => {
        const rules = { tenant, retention, nowMs: Date.now(), ...followersOf(auditRepository) };
        if (isDryRun) return wouldPrune(db, rules);
        return prune(db, { ...rules, by: await requireRole(connection, 'data') });
      }),
    erase: async ({ subject: typed, isDryRun }) =>
      unlessBusy(async () => {
        const subject = await exact(connection, typed);
        if (isDryRun) return look(connection, subject);
        return erase(connection, subject, await requireRole(connection, 'data'));
      }),
  };
}

function followersOf(repository: string | null | undefined): {
  readonly followers?: readonly string[];
} {
  if (repository === undefined) return {};
  return { followers: repository === null ? [] : [gitReader(repository)] };
}

/** Says that others write too much, instead of holding them up. */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T> {
  return translated('the data', work).catch((error: unknown) => {
    if (!isLockBusy(error)) throw error;
    throw new HoldfastError('unavailable', 'the database is busy with the work of runs', {
      suggestion: 'give the command again in a moment; what it did stays done',
      cause: error,
    });
  });
}

async function exact(
  connection: LocalConnection,
  subject: ErasureSubject,
): Promise<ErasureSubject> {
  if (subject.kind !== 'run') return subject;
  return { kind: 'run', name: await findRun(connection, subject.name) };
}

async function look(connection: LocalConnection, subject: ErasureSubject): Promise<Erased> {
  const { db, tenant } = connection;
  const { ended, live } = await runsToErase(db, { tenant, subject });
  assertOver(subject, live);
  const records =
    subject.kind === 'person' ? await countNamed(db, { tenant, name: subject.name }) : 0;
  if (ended.length + live.length + records === 0) await assertKnown(connection, subject);
  return { runs: ended, left: live, blocks: 0, blobs: 0, records, rows: 0, inTemporal: [] };
}

async function erase(
  connection: LocalConnection,
  subject: ErasureSubject,
  by: string,
): Promise<Erased> {
  const { db, tenant } = connection;
  const { ended, live } = await runsToErase(db, { tenant, subject });
  assertOver(subject, live);
  const { blocks, blobs } = await eraseRuns(db, { tenant, subject, by }, ended);
  const unnamed =
    subject.kind === 'person'
      ? await unnamePerson(db, { tenant, name: subject.name, by, erasure: randomUUID() })
      : { records: 0, rows: 0 };
  const { records, rows } = unnamed;
  if (ended.length + live.length + records + rows === 0) await assertKnown(connection, subject);
  const inTemporal = await deleteHistories(connection, ended);
  return { runs: ended, left: live, blocks, blobs, ...unnamed, inTemporal };
}

function assertOver(subject: ErasureSubject, live: readonly string[]): void {
  const [first] = live;
  if (subject.kind !== 'run' || first === undefined) return;
  throw new HoldfastError('conflict', `the run ${runKeyOf(first)} is not over`, {
    suggestion: `end it first: holdfast runs cancel ${runKeyOf(first)}`,
  });
}

/** Deletes what Temporal keeps of runs: every execution of each, and of what took their effects back. Returns the runs of which something stayed. */
async function deleteHistories(
  { temporal, namespace }: LocalConnection,
  runIds: readonly string[],
): Promise<readonly string[]> {
  const client = runIds.length === 0 ? undefined : await temporal().catch(() => undefined);
  const left: string[] = [];
  for (const workflowId of runIds) {
    try {
      if (client === undefined) throw new Error('Temporal does not answer');
      const undone = `WorkflowId STARTS_WITH "${undoWorkflowsOf(workflowId)}"`;
      for await (const { workflowId: id, runId } of client.workflow.list({ query: undone })) {
        await client.workflowService.deleteWorkflowExecution({
          namespace,
          workflowExecution: { workflowId: id, runId },
        });
      }
      const before = client.workflow.list({ query: `WorkflowId = "${workflowId}"` });
      const runs = new Set<string>();
      for await (const { runId } of before) runs.add(runId);
      // The newest one is known to the server itself, also where its list lags behind.
      runs.add((await client.workflow.getHandle(workflowId).describe()).runId);
      for (const runId of runs) {
        await client.workflowService.deleteWorkflowExecution({
          namespace,
          workflowExecution: { workflowId, runId },
        });
      }
    } catch (error) {
      if (!isNamed(error, 'WorkflowNotFoundError')) left.push(workflowId);
    }
  }
  return left;
}
