import { fnv1a64 } from '../agent/fnv.ts';
import type { JsonObject } from '../json.ts';
import type { AuditKind } from './audit-record.ts';

/** One event of a run, in the order of its log. */
export interface LoggedEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly data: JsonObject;
}

/** Records that tell of an outcome: a run that ended, an effect that nobody saw the end of, and what became of it. */
export const outcomeKinds = [
  'run.ended',
  'effect.unknown',
  'effect.settled',
] as const satisfies readonly AuditKind[];

/** One outcome as people read it in git: a file of canonical JSON and the first line of its commit. */
export interface Outcome {
  /** Path in the repository, with slashes. */
  readonly path: string;
  readonly document: JsonObject;
  readonly subject: string;
}

/**
 * Tells an outcome by the log of its run up to the event that it came with, which is the last of `events`: the same
 * events give the same outcome, however late and however often it is told. Undefined where nothing came out: a call
 * that runs again. `clean` takes secrets out of a text.
 */
export function outcomeOf(
  runId: string,
  events: readonly LoggedEvent[],
  clean: (text: string) => string,
): Outcome | undefined {
  const last = events.at(-1);
  const status = last === undefined ? undefined : statusOf(last);
  if (last === undefined || status === undefined) return undefined;
  const stepId = stepOf(runId, last.data);
  const started = events.find(({ type }) => type === 'run.started')?.data ?? {};
  const goal = clean(word(started, 'title')) || 'run';
  return {
    path:
      ['.audit', 'runs', ...runId.split('/'), stepId].map((part) => safePart(part)).join('/') +
      '.json',
    document: {
      runId,
      stepId,
      status,
      plan: { goal, specialist: word(started, 'specialist'), policy: word(started, 'policy') },
      dispatch: {
        requestedBy: word(started, 'requestedBy'),
        models: started['models'] ?? [],
        requestDigest: word(started, 'requestDigest'),
      },
      execution: executionOf(events, clean),
      approvals: approvalsOf(events),
      timestamp: last.at,
    },
    subject: `audit: ${status} ${oneLine(goal)} (${runId})`,
  };
}

function statusOf({ type, data }: LoggedEvent): string | undefined {
  if (type === 'effect.unknown') return 'unknown';
  if (type !== 'effect.settled') return word(data, 'status');
  const settlements: { readonly [settlement: string]: string } = {
    happened: 'committed',
    'did-not-happen': 'failed',
  };
  return settlements[word(data, 'settlement')];
}

/** The agent of a call, `main` for a run's own; the position of a call is `<run>/<agent>/t<turn>/c<index>`. */
function stepOf(runId: string, data: JsonObject): string {
  const callId = word(data, 'callId');
  if (!callId.startsWith(`${runId}/`)) return 'main';
  const [agent = 'main'] = callId.slice(runId.length + 1).split(/\/t\d+/);
  return agent.replace(/^step\//, '');
}

function executionOf(events: readonly LoggedEvent[], clean: (text: string) => string): JsonObject {
  const calls = events.filter(({ type }) => type === 'model.call');
  const end = events.find(({ type }) => type === 'run.completed' || type === 'run.cancelled')?.data;
  const files = Array.isArray(end?.['files']) ? (end['files'] as readonly JsonObject[]) : [];
  return {
    turns: calls.length,
    tokensIn: sumOf(calls, 'tokensIn'),
    tokensOut: sumOf(calls, 'tokensOut'),
    costMicroUsd: sumOf(calls, 'costMicroUsd'),
    stopReason: end === undefined ? null : word(end, 'stopReason'),
    effects: effectsOf(events),
    files: files.map((file) => ({ path: clean(word(file, 'path')), status: word(file, 'status') })),
  };
}

/** Every effect with the state it came to last, in the order of their intents. */
function effectsOf(events: readonly LoggedEvent[]): readonly JsonObject[] {
  const states = new Map<string, JsonObject>();
  for (const { type, data } of events) {
    if (!type.startsWith('effect.')) continue;
    const callId = word(data, 'callId');
    const state =
      type === 'effect.settled' ? word(data, 'settlement') : type.slice('effect.'.length);
    states.set(callId, { callId, tool: word(data, 'tool'), digest: word(data, 'digest'), state });
  }
  return [...states.values()];
}

function approvalsOf(events: readonly LoggedEvent[]): readonly JsonObject[] {
  return events
    .filter(({ type }) => type === 'approval.decided')
    .map(({ at, data }) => ({
      approvalId: word(data, 'approvalId'),
      digest: word(data, 'digest'),
      state: word(data, 'state'),
      by: word(data, 'by'),
      via: word(data, 'via'),
      at,
    }));
}

/** An amount that is not known makes the sum unknown. */
function sumOf(calls: readonly LoggedEvent[], key: string): number | null {
  return calls.reduce<number | null>((sum, { data }) => {
    const amount = data[key];
    return sum === null || typeof amount !== 'number' ? null : sum + amount;
  }, 0);
}

// SAFETY: ids of runs can be made by anybody who may start a workflow; none may lead out of its folder.
function safePart(part: string): string {
  return part === '.audit' || /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(part)
    ? part
    : fnv1a64(part);
}

/** Longest goal in the first line of a commit, in characters. */
const maxGoal = 72;

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > maxGoal ? `${line.slice(0, maxGoal - 1)}…` : line;
}

function word(data: JsonObject, key: string): string {
  const value = data[key];
  return typeof value === 'string' ? value : '';
}
