import { outsideTools } from '../../domain/effects/outside-tools.ts';
import type { EffectState } from '../../domain/effects/effect-record.ts';
import { turnOfCall } from '../../domain/effects/state-at-turn.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { judge } from '../../domain/policy/judge.ts';
import type { PolicyVerdict } from '../../domain/policy/verdict.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { isEnded, type RunStatus } from '../../domain/run/status.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import {
  readBytes,
  readEvents,
  readHolder,
  readRun,
  readRunCalls,
  type RunRow,
} from '../../storage/readers.ts';
import type { StartedRun } from '../runs-client.ts';
import type {
  ChangedVerdict,
  ForkedCall,
  ForkPlan,
  ForkRun,
  RunRecord,
  RunWorkspace,
  TimeTravelClient,
} from '../time-travel-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { documentsOf } from './runs/run-views.ts';
import { translated } from './translate-error.ts';

// Rows hold closed sets of words and whole objects as text; they are written by our own activities only.
/* oxlint-disable typescript/no-unsafe-type-assertion */

/** Events that are read at once. */
const pageOfEvents = 1_000;
/** Longest wait for the end of a run that is rewound, in milliseconds. */
const endMs = 60_000;

/** Going back in runs of a local installation. `find` gives the full id of what a person typed. */
export function localTimeTravel(
  connection: LocalConnection,
  find: (typed: string) => Promise<string>,
): TimeTravelClient {
  return {
    planFork: async (typed, turn) => planFork(connection, await find(typed), turn),
    forkRun: async ({ run, ...fork }) => forkRun(connection, { run: await find(run), ...fork }),
    recordOf: async (typed) => recordOf(connection, await find(typed)),
    workspaceOf: async (typed) => workspaceOf(connection, await find(typed)),
    judgeAgain: async (typed) => judgeAgain(connection, await find(typed)),
  };
}

async function rowOf({ db, tenant }: LocalConnection, runId: string): Promise<RunRow> {
  const row = await translated('the run', async () => readRun(db, tenant, runId));
  if (row === undefined) throw new HoldfastError('not_found', `there is no run ${runId}`);
  return row;
}

async function planFork(
  connection: LocalConnection,
  runId: string,
  turn: number,
): Promise<ForkPlan> {
  const row = await rowOf(connection, runId);
  if (!Number.isInteger(turn) || turn < 0 || turn > row.turn) {
    throw new HoldfastError('not_found', `the run has no turn ${turn}; it has taken ${row.turn}`, {
      suggestion: `see them with: holdfast runs replay`,
    });
  }
  const rows = await translated('the calls', async () => readRunCalls(connection.db, runId));
  const calls = rows.map(({ call_id: callId, tool, preview, effect }): ForkedCall => {
    const position = turnOfCall(callId);
    const state = effect as EffectState | null;
    const becomes = position <= turn ? 'record' : leftBehind(tool, state);
    return { callId, turn: position, tool, preview, effect: state, becomes };
  });
  return { runId, turn, turns: row.turn, calls };
}

function leftBehind(tool: string, effect: EffectState | null): ForkedCall['becomes'] {
  if (effect === null || effect === 'failed') return 'none';
  return outsideTools.has(tool) ? 'asked' : 'restored';
}

async function forkRun(
  connection: LocalConnection,
  { run: runId, turn, original }: ForkRun,
): Promise<StartedRun> {
  await planFork(connection, runId, turn);
  if (original === 'cancel') await end(connection, runId);
  const row = await rowOf(connection, runId);
  const { fork: _, replays: __, ...request } = documentsOf(row).request;
  const { startRun } = await import('./runs/start-run.ts');
  const started = await startRun(connection, {
    request: { ...request, fork: { runId, turn } },
    project: row.project,
  });
  return started;
}

/** Ends a run and waits for it: what it still did would be missing in the files of the other one. */
async function end(connection: LocalConnection, runId: string): Promise<void> {
  const { cancel } = await import('./runs/send-messages.ts');
  const isOver = async (): Promise<boolean> =>
    isEnded((await rowOf(connection, runId)).status as RunStatus);
  if (await isOver()) return;
  await cancel(connection, runId, 'rewound to an earlier turn');
  const until = Date.now() + endMs;
  while (Date.now() < until) {
    if (await isOver()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new HoldfastError('timeout', 'the run was told to end, but has not ended yet', {
    suggestion: 'see what it waits for with: holdfast inbox; then fork it',
  });
}

async function recordOf(connection: LocalConnection, runId: string): Promise<RunRecord> {
  await rowOf(connection, runId);
  const events: RunRecord['events'][number][] = [];
  const refused: RunRecord['refused'][number][] = [];
  let after = 0;
  for (;;) {
    const page = await translated('the events', async () =>
      readEvents(connection.db, runId, { after, limit: pageOfEvents }),
    );
    for (const reading of page) {
      if (reading.type === 'refused') {
        refused.push(reading.refused);
        after = reading.refused.seq;
        continue;
      }
      const { seq, type, at, data } = reading.event;
      events.push({ seq, type, at, data });
      after = seq;
    }
    if (page.length < pageOfEvents) return { runId, events, refused };
  }
}

async function workspaceOf(connection: LocalConnection, runId: string): Promise<RunWorkspace> {
  const row = await rowOf(connection, runId);
  const { workspace: first } = documentsOf(row).pins;
  const host = await translated('the workspace', async () => readHolder(connection.db, first.id));
  const workspace = { id: first.id, host: host ?? first.host };
  const status = row.status as RunStatus;
  const isQuiet = isEnded(status) || status === 'paused';
  return { key: runKeyOf(runId), workspace, status, isQuiet };
}

/** Verdicts by words of people, by planted things and by forks have no rule that could be asked again. */
const notByRules = /^(?:grant\/|invalid\/|honeytoken|fork\/)/;

async function judgeAgain(
  connection: LocalConnection,
  runId: string,
): Promise<readonly ChangedVerdict[]> {
  const { db, tenant } = connection;
  const { pins } = documentsOf(await rowOf(connection, runId));
  const bytes = await translated('the definitions', async () =>
    readBytes(db, tenant, pins.definitions),
  );
  if (bytes === undefined) {
    throw new HoldfastError('definition_changed', 'what the run pinned at its start is gone');
  }
  const { policies } = JSON.parse(bytes.toString('utf8')) as PinnedDefinitions;
  const rows = await translated('the calls', async () => readRunCalls(db, runId));
  return rows.flatMap(({ call_id: callId, tool, facts, verdict }) => {
    const recorded = verdict as PolicyVerdict;
    if (facts === null || notByRules.test(recorded.rule)) return [];
    const today = judge({
      tool,
      facts: facts as CallFacts,
      scopes: policies,
      grants: [],
      untrusted: recorded.untrusted ?? [],
    });
    if (today.type === recorded.type && today.rule === recorded.rule) return [];
    return { callId, tool, recorded: wordsOf(recorded), today: wordsOf(today) };
  });
}

function wordsOf({ type, rule }: Pick<PolicyVerdict, 'type' | 'rule'>): string {
  return `${type} by ${rule}`;
}
