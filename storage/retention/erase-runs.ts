import type { ErasureSubject } from '../../domain/retention/retention.ts';
import { putOutbox } from '../audit/outbox.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { emptyRuns, type Emptied } from './empty-runs.ts';
import { lockContents } from './lock-contents.ts';

/** Whose data are erased, and who asked for it. */
export interface Erasing {
  readonly tenant: string;
  /** Of a run its full id. */
  readonly subject: ErasureSubject;
  readonly by: string;
  /** Called behind each batch; tests end the process there. */
  readonly step?: (where: string) => void | Promise<void>;
}

/** Runs of a subject: those that may be emptied, and those that are not over. */
export interface RunsOf {
  readonly ended: readonly string[];
  readonly live: readonly string[];
}

/** Runs that go in one transaction. */
const runsAtOnce = 50;

const columns = { run: 'run_id', project: 'project', person: 'requested_by' } as const;

/** True when there ever was a run of a subject, also when its contents are gone. */
export async function hasRuns(
  db: Executor,
  { tenant, subject }: Pick<Erasing, 'tenant' | 'subject'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('runs')
    .select('run_id')
    .where('tenant', '=', tenant)
    .where(columns[subject.kind], '=', subject.name)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The runs of a subject that have their contents still. Those of a person are the ones that this person asked for. */
export async function runsToErase(
  db: Executor,
  { tenant, subject }: Pick<Erasing, 'tenant' | 'subject'>,
): Promise<RunsOf> {
  const rows = await db
    .selectFrom('runs')
    .select(['run_id', 'ended_at'])
    .where('tenant', '=', tenant)
    .where('emptied_at', 'is', null)
    .where(columns[subject.kind], '=', subject.name)
    .orderBy('created_at')
    .execute();
  const ids = (isLive: boolean): readonly string[] =>
    rows.filter(({ ended_at: at }) => (at === null) === isLive).map((row) => row.run_id);
  return { ended: ids(false), live: ids(true) };
}

/** Empties runs, some at a time, each with its record in the audit. Runs that were emptied before are left out. */
export async function eraseRuns(
  db: Database,
  { tenant, by, step = () => undefined }: Erasing,
  runIds: readonly string[],
): Promise<Emptied> {
  const total = { runs: 0, blocks: 0, blobs: 0 };
  for (let start = 0; start < runIds.length; start += runsAtOnce) {
    const batch = runIds.slice(start, start + runsAtOnce);
    const emptied = await db.transaction().execute(async (tx) => {
      await lockContents(tx);
      const counts = await emptyRuns(tx, tenant, { runIds: batch, by: 'erase' });
      for (const runId of batch) await record(tx, { tenant, by, runId });
      await step('runs erased, not committed');
      return counts;
    });
    total.runs += emptied.runs;
    total.blocks += emptied.blocks;
    total.blobs += emptied.blobs;
    await step('runs erased');
  }
  return total;
}

async function record(
  tx: Executor,
  { tenant, by, runId }: { readonly tenant: string; readonly by: string; readonly runId: string },
): Promise<void> {
  const entry = { tenant, runId, position: 'erased', kind: 'data.erased', actor: by } as const;
  await putOutbox(tx, { ...entry, subject: `run ${runId}`, digest: '' });
}
