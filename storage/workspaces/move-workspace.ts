import { sql } from 'kysely';

import { outsideTools } from '../../domain/effects/outside-tools.ts';
import {
  isIncomplete,
  lostChanges,
  type LostChange,
  type WorkspaceLoss,
} from '../../domain/workspace/lost-changes.ts';
import { compactJson } from '../../domain/json.ts';
import { appendEvents } from '../events/append-events.ts';
import type { Database, Executor } from '../postgres/database.ts';
import type { KeptWorkspace } from './bundles.ts';

/** Another folder that holds a workspace from now on. */
export interface WorkspaceMove {
  readonly kept: KeptWorkspace;
  readonly host: string;
  readonly token: string;
  /** What the bundle it was restored from does not hold. */
  readonly leftOut: Pick<WorkspaceLoss, 'leftOut' | 'leftOutCount'>;
}

/** Most calls and files that an event names. */
const maxNamed = 100;

/**
 * Makes a restored folder the workspace, and writes down what it lacks. False when somebody else was faster.
 */
export async function moveRestored(db: Database, move: WorkspaceMove): Promise<boolean> {
  const { kept, host, token, leftOut } = move;
  const { workspaceId, runId } = kept;
  return db.transaction().execute(async (tx) => {
    if (!(await isStill(tx, kept))) return false;
    const lost = lostChanges(await changesBehind(tx, kept));
    const loss: WorkspaceLoss = { from: kept.host, asOf: kept.asOf, lost, ...leftOut };
    await sql`
      update workspace_bundles
      set host = ${host}, token = ${token}, loss = ${isIncomplete(loss) ? JSON.stringify(loss) : null}::json
      where workspace_id = ${workspaceId}`.execute(tx);
    const data = compactJson({
      from: kept.host,
      to: host,
      asOf: kept.asOf,
      behind: kept.behind,
      lost: lost
        .slice(0, maxNamed)
        .map(({ callId, tool, state, preview }) => ({ callId, tool, state, preview })),
      lostCount: lost.length,
      leftOut: leftOut.leftOut.slice(0, maxNamed),
      leftOutCount: leftOut.leftOutCount,
    });
    const events = [{ type: 'workspace.restored' as const, data }];
    await appendEvents(tx, { runId, notes: [], events });
    return true;
  });
}

/** Says that the same folder is found under another name of its host. False when somebody else was faster. */
export async function moveRenamed(
  db: Database,
  kept: KeptWorkspace,
  host: string,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await isStill(tx, kept))) return false;
    await sql`
      update workspace_bundles set host = ${host} where workspace_id = ${kept.workspaceId}`.execute(
      tx,
    );
    return true;
  });
}

/** Somebody was told what the workspace of a run lacks. */
export async function acknowledgeLoss(db: Executor, runId: string): Promise<void> {
  await sql`
    update workspace_bundles set loss = null where run_id = ${runId} and loss is not null`.execute(
    db,
  );
}

async function isStill(
  tx: Executor,
  { workspaceId, host, token }: Pick<KeptWorkspace, 'workspaceId' | 'host' | 'token'>,
): Promise<boolean> {
  const { rows } = await sql`
    select from workspace_bundles
    where workspace_id = ${workspaceId} and host = ${host} and token = ${token} for update`.execute(
    tx,
  );
  return rows.length > 0;
}

/** Effects that may have changed the workspace since its bundle was begun, oldest first. */
async function changesBehind(
  tx: Executor,
  { workspaceId, runId }: Pick<KeptWorkspace, 'workspaceId' | 'runId'>,
): Promise<readonly LostChange[]> {
  const { rows } = await sql<LostChange>`
    select effects.call_id as "callId", effects.tool, effects.state,
      coalesce(calls.preview, 'taking back ' || undone.preview, effects.tool) as preview
    from workspace_bundles as kept
    join effects using (run_id)
    left join prepared_calls as calls on calls.call_id = effects.call_id and calls.digest = effects.digest
    left join effects as first on first.call_id = effects.undoes
    left join prepared_calls as undone on undone.call_id = first.call_id and undone.digest = first.digest
    where kept.workspace_id = ${workspaceId} and effects.run_id = ${runId}
      and effects.tool <> all(${[...outsideTools]}::text[])
      and (effects.effect_seq > kept.behind or effects.created_at > kept.as_of)
    order by effects.created_at, effects.effect_seq`.execute(tx);
  return rows;
}
