/** `run/<tenant>/<key>`: the run's id and its Workflow Id. */
export type RunId = string;
/** `${runId}/${agentPath}/t${turn}`: position only, stable over attempts, continue-as-new and workers. */
export type TurnId = string;
/** `${TurnId}/c${index}`: key of the ledger; the digest is a column, never part of the key. */
export type CallId = string;
/** `${CallId or TurnId}/a${n}`. */
export type ApprovalId = string;

/** Keys that may stand in an id as they are; any other key is hashed by whoever makes the id. */
export const plainKeyPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Makes a run id; `tenant` and `key` match {@link plainKeyPattern}. */
export function runIdOf(tenant: string, key: string): RunId {
  return `run/${tenant}/${key}`;
}

/** The run that a run or a step of a plan belongs to: budgets and stops of it cover everything below. */
export function rootRunOf(runId: RunId): RunId {
  const step = runId.indexOf('/step/');
  return step === -1 ? runId : runId.slice(0, step);
}

/** The key that people type for a run: the last part of its id. */
export function runKeyOf(runId: RunId): string {
  return runId.slice(runId.indexOf('/', 'run/'.length) + 1);
}

/** Id of one turn of one agent of a run; turns count from 1. */
export function turnIdOf(runId: RunId, agentPath: string, turn: number): TurnId {
  return `${runId}/${agentPath}/t${turn}`;
}

/** Id of one call of a turn; `index` counts from 0 in the model's order. */
export function callIdOf(turn: TurnId, index: number): CallId {
  return `${turn}/c${index}`;
}

/** Id of the n-th approval asked at one call or turn, whose id is `position`; n counts from 1. */
export function approvalIdOf(position: string, n: number): ApprovalId {
  return `${position}/a${n}`;
}

/** Index of a call in its turn, from 0. */
export function callIndex(callId: CallId): number {
  return Number(callId.slice(callId.lastIndexOf('/c') + 2));
}

/**
 * Those of the ids that a person named best. All of an id (the beginning `run/<tenant>/` may be left out) comes before
 * its last segments, these before its first ones, and these before an end or beginning within a segment: `t3/c1` is
 * `…/t3/c1` and not `…/t3/c10`. Empty when it fits none; more than one where it fits several equally well.
 */
export function bestFits(typed: string, ids: readonly string[]): readonly string[] {
  const grades = ids.map((id) => fitOf(typed, id));
  const best = Math.min(...grades);
  return best === noFit ? [] : ids.filter((_, index) => grades[index] === best);
}

/** Grade of an id that what was typed does not name at all. */
const noFit = 4;

function fitOf(typed: string, id: string): number {
  const short = id.replace(/^run\/[^/]+\//, '');
  if (typed === id || typed === short) return 0;
  if (id.endsWith(`/${typed}`)) return 1;
  const starts = [id, short];
  if (starts.some((start) => start.startsWith(`${typed}/`))) return 2;
  return id.endsWith(typed) || starts.some((start) => start.startsWith(typed)) ? 3 : noFit;
}
