import { HoldfastError } from '../../domain/failures.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { closeLetter, purgeLetters } from '../../storage/administration.ts';
import {
  countOldLetters,
  findLetters,
  readLetters,
  readNewestCall,
  readRun,
  readText,
  type LetterRow,
} from '../../storage/readers.ts';
import type { DeadLetterClient, LetterView, ReplayedLetter } from '../dead-letter-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { documentsOf } from './runs/run-views.ts';
import { translated } from './translate-error.ts';

/** Letters listed when nobody says how many. */
const defaultLimit = 20;

/** The dead letters of a local installation. */
export function deadLetterClient(connection: LocalConnection): DeadLetterClient {
  const { db, tenant } = connection;
  return {
    list: async ({ limit = defaultLimit, offset = 0, ...query }) =>
      translated('the dead letters', async () => {
        const { rows, total } = await readLetters(db, tenant, { ...query, limit, offset });
        return { items: rows.map((row) => viewOf(row)), total, limit, offset };
      }),
    show: async (typed) =>
      translated('the dead letter', async () => {
        const row = await findLetter(connection, typed);
        const inline = row.args === null ? null : JSON.stringify(row.args, undefined, 2);
        const argsText = inline ?? (await readText(db, tenant, row.args_blob));
        return { ...viewOf(row), argsText };
      }),
    replay: async (typed) => {
      const row = await translated('the dead letter', async () => findLetter(connection, typed));
      return replay(connection, row);
    },
    purge: async ({ olderThanSeconds, isDryRun }) =>
      translated('the dead letters', async () => {
        const before = new Date(Date.now() - olderThanSeconds * 1_000);
        if (isDryRun) return countOldLetters(db, tenant, before);
        const by = await requireRole(connection, 'data');
        return purgeLetters(db, { tenant, by, before });
      }),
  };
}

async function findLetter({ db, tenant }: LocalConnection, typed: string): Promise<LetterRow> {
  const [first, second] = typed === '' ? [] : await findLetters(db, tenant, typed);
  if (first === undefined) {
    throw new HoldfastError('not_found', `there is no dead letter "${typed.slice(0, 80)}"`, {
      suggestion: 'see: holdfast dead-letters list',
    });
  }
  if (second === undefined) return first;
  throw new HoldfastError('invalid_argument', `"${typed}" fits more than one dead letter`, {
    suggestion: 'type more of it',
  });
}

function viewOf(row: LetterRow): LetterView {
  return {
    letterId: row.letter_id,
    kind: row.kind,
    state: row.state,
    toolName: row.tool,
    args: row.args,
    argsBlob: row.args_blob,
    error: { code: row.code, message: row.message },
    timestamp: row.created_at.toISOString(),
    retryCount: row.retries,
    runId: row.run_id,
    runKey: runKeyOf(row.run_id),
    stepId: row.step_id,
    relatedCases: row.related,
    replayRun: row.replay_run,
    replays: row.replays,
  };
}

async function replay(connection: LocalConnection, row: LetterRow): Promise<ReplayedLetter> {
  const { letter_id: letterId, replay_run: replayRun } = row;
  const by = (type: ReplayedLetter['type'], runId: string): ReplayedLetter => ({
    letterId,
    type,
    runId,
    runKey: runKeyOf(runId),
  });
  if (row.state === 'replaying') return by('going-on', replayRun ?? row.run_id);
  if (row.state === 'closed') {
    throw new HoldfastError('conflict', `the dead letter ${letterId} is closed already`, {
      suggestion: `see how it went: holdfast runs show ${runKeyOf(replayRun ?? row.run_id)}`,
    });
  }
  switch (row.kind) {
    case 'tool':
      return by('started', await startReplay(connection, row));
    case 'model':
      return by('resumed', await resume(connection, row));
    case 'message':
      throw new HoldfastError(
        'invalid_argument',
        'a message that did not fit its schema will not fit it later either',
        { suggestion: 'send it again as its schema wants it, then purge the letter' },
      );
  }
}

/** Whoever resumes a run that no model answered has it ask the first tier again. */
async function resume(connection: LocalConnection, row: LetterRow): Promise<string> {
  const { sendPause } = await import('./runs/send-messages.ts');
  await sendPause(connection, row.run_id, { to: 'resume', reason: 'replay of a dead letter' });
  await closeLetter(connection.db, row.letter_id, row.run_id);
  return row.run_id;
}

/** Starts the run that does the call anew, with the request of the run that gave it up. */
async function startReplay(connection: LocalConnection, row: LetterRow): Promise<string> {
  const { db, tenant } = connection;
  const { run, call } = await translated('the dead letter', async () => ({
    run: await readRun(db, tenant, row.run_id),
    call: await readNewestCall(db, row.step_id),
  }));
  if (run === undefined || call === undefined) {
    throw new HoldfastError('conflict', `the call of the dead letter ${row.letter_id} is gone`, {
      suggestion: 'its run was pruned or erased; start a run that does it anew',
    });
  }
  const { startRun } = await import('./runs/start-run.ts');
  // Only the call is done anew: the conversation that a fork took over is not.
  const { prompt: _, structured: __, fork: ___, ...rest } = documentsOf(run).request;
  const request = { ...rest, prompt: `replay of ${call.preview}`, replays: row.letter_id };
  const start = { request, project: row.project };
  // Of two who replay at once both get the same run.
  const key = `letter-${row.letter_id}-${row.replays + 1}`;
  const started = await startRun(connection, { ...start, key });
  if (!started.existing || !(await wasRefused(connection, started.runId))) return started.runId;
  return (await startRun(connection, start)).runId;
}

/** A start that was refused has used its key up, but neither the letter nor anything else. */
async function wasRefused(
  { db, tenant, temporal }: LocalConnection,
  runId: string,
): Promise<boolean> {
  if ((await readRun(db, tenant, runId)) !== undefined) return false;
  const { status } = await (await temporal()).workflow.getHandle(runId).describe();
  return status.name !== 'RUNNING';
}
