import type { RunRequest } from '../../domain/run/run-request.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { RunPins } from '../../domain/run/run-input.ts';
import type { Executor } from '../postgres/database.ts';
import { deleteBlocksOf } from './unneeded-blocks.ts';
import { blobsOf, deleteUnneeded } from './unneeded-blobs.ts';

/** Why the contents of runs go. */
export type Emptying = 'prune' | 'erase';

/** What went with the contents. */
export interface Emptied {
  readonly runs: number;
  readonly blocks: number;
  readonly blobs: number;
}

/** Tables of which nothing of a run stays. */
const ofContents = [
  'turns',
  'prepared_calls',
  'call_outcomes',
  'events',
  'deltas',
  'decisions',
  'approvals',
  'notifications',
  'lock_requests',
  'workspace_bundles',
  'workspace_bundle_blobs',
  'playbook_applies',
  'playbook_changes',
  'playbook_contents',
] as const;

/**
 * Takes the contents of ended runs away: conversation, calls, results, events, requests. What stays is the row, so that
 * the id is never used again, and the rows of the ledger without what they held; the audit is not touched. Runs that are
 * not over, or have no contents any more, are left out. Call it under the lock of the contents, in a transaction.
 */
export async function emptyRuns(
  tx: Executor,
  tenant: string,
  { runIds, by }: { readonly runIds: readonly string[]; readonly by: Emptying },
): Promise<Emptied> {
  if (runIds.length === 0) return { runs: 0, blocks: 0, blobs: 0 };
  const rows = await tx
    .selectFrom('runs')
    .select(['run_id', 'request', 'pins', 'result'])
    .where('tenant', '=', tenant)
    .where('run_id', 'in', [...runIds])
    .where('ended_at', 'is not', null)
    .where('emptied_at', 'is', null)
    .execute();
  const ids = rows.map((row) => row.run_id);
  if (ids.length === 0) return { runs: 0, blocks: 0, blobs: 0 };
  const hashes = await blobsOf(tx, tenant, ids);
  const blocks = await deleteBlocksOf(tx, tenant, ids);
  for (const table of ofContents) {
    await tx.deleteFrom(table).where('run_id', 'in', ids).execute();
  }
  await emptyLedger(tx, ids);
  await forgetCancels(tx, tenant, ids);
  for (const row of rows) await emptyRow(tx, row, by);
  return { runs: ids.length, blocks, blobs: await deleteUnneeded(tx, tenant, hashes) };
}

/** Of the ledger stays what was done when, by which digest, and how it came out. */
async function emptyLedger(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx
    .updateTable('effects')
    .set({ target: '', before: 'null', result: null, evidence: null, settled_reason: null })
    .where('run_id', 'in', ids)
    .execute();
  await tx
    .updateTable('dead_letters')
    .set({ args: null, args_blob: null, message: '' })
    .where('run_id', 'in', ids)
    .execute();
}

/** What ended a run holds nothing any more: its row says that it is over. */
async function forgetCancels(tx: Executor, tenant: string, ids: readonly string[]): Promise<void> {
  await tx
    .deleteFrom('stops')
    .where('tenant', '=', tenant)
    .where('kind', '=', 'cancel')
    .where(
      'scope',
      'in',
      ids.map((id) => `run:${id}`),
    )
    .execute();
}

async function emptyRow(
  tx: Executor,
  row: {
    readonly run_id: string;
    readonly request: unknown;
    readonly pins: unknown;
    readonly result: unknown;
  },
  by: Emptying,
): Promise<void> {
  // The three columns are written by storage/runs only.
  const { policy, networkAllowed, executionMode, deliver, autonomy, specialist, limits } =
    row.request as RunRequest;
  const request: RunRequest = {
    prompt: gone,
    policy,
    networkAllowed,
    executionMode,
    deliver,
    autonomy,
    ...(specialist === undefined ? {} : { specialist }),
    limits,
    labels: {},
  };
  const pins: RunPins = { ...(row.pins as RunPins), title: gone };
  const result = row.result as RunResult | null;
  const payload = { summary: '', artifacts: [], nextSteps: [], notes: [] };
  const kept = result && { ...result, payload: { ...result.payload, ...payload } };
  await tx
    .updateTable('runs')
    .set({
      title: gone,
      message: null,
      patch: null,
      request: JSON.stringify(request),
      pins: JSON.stringify(pins),
      result: kept === null ? null : JSON.stringify(kept),
      emptied_at: new Date(),
      emptied_by: by,
    })
    .where('run_id', '=', row.run_id)
    .execute();
}

/** What stands where the words of a request were. */
const gone = '(gone)';
