import type { ApplyStatus } from '../../../../domain/playbooks/apply/apply-status.ts';
import type { TaskResults } from '../../../../domain/playbooks/apply/task-results.ts';
import type { PlaybookOutcome } from '../../../playbooks/run/playbook-runner.ts';
import type { ToolResult } from '../../tool.ts';
import type { PreparedApply } from './prepared-apply.ts';

/** An apply that is over. */
export interface EndedApply {
  readonly callId: string;
  readonly prepared: PreparedApply;
  /** One for each batch that ended. */
  readonly outcomes: readonly PlaybookOutcome[];
  readonly results: TaskResults;
  /** Hosts of batches that did not begin. */
  readonly left: readonly string[];
}

/** Characters of what Ansible printed that are told when it failed. */
const mostOutput = 4_000;

/** The answer of an apply that found everything as it should be. */
export function nothingToChange({ request, hosts }: PreparedApply): ToolResult {
  return {
    status: 'ok',
    text: `nothing to change: ${request.playbook} finds ${hosts.join(', ')} as it wants them; it was not run`,
    progress: true,
  };
}

/**
 * What the model is told of an apply that came to its end.
 * @throws {Error} when nobody saw its last event: what it did is not known.
 */
export function applyResult(
  ended: EndedApply,
  status: Exclude<ApplyStatus, 'running' | 'cancelled'>,
): ToolResult {
  const { outcomes, prepared } = ended;
  const last = outcomes.at(-1);
  if (status === 'unknown') {
    throw new Error(
      `the playbook ended without its final counts: ${last?.reason ?? 'no reason given'}; what it did is recorded, and resume goes on from there`,
    );
  }
  const text = [
    `${status}: ${prepared.request.playbook}${last?.reason === undefined ? '' : ` (${last.reason})`}`,
    ...recapLines(ended),
    ...(status === 'ok' ? [] : nextSteps(ended)),
    ...(status === 'ok' || last === undefined ? [] : ['', last.output.trim().slice(-mostOutput)]),
  ].join('\n');
  if (status === 'ok') return { status: 'ok', text, progress: true };
  const isRollback = prepared.rollsBack !== undefined && status !== 'partial';
  const code = isRollback
    ? 'compensation_failed'
    : status === 'unreachable'
      ? 'unavailable'
      : 'execution_error';
  return { status: 'error', code, text, progress: false };
}

/** What the model is told of an apply that was ended in the middle. */
export function cancelledResult(ended: EndedApply, reason: unknown): ToolResult {
  const why = reason instanceof Error ? reason.message : 'somebody stopped it';
  const text = [
    `cancelled: ${ended.prepared.request.playbook} (${why}). Nothing of it runs any more; what it changed until then stays`,
    ...recapLines(ended),
    ...nextSteps(ended),
  ].join('\n');
  return { status: 'error', code: 'execution_error', text, progress: false };
}

/** The final counts of all batches, by host. */
export function countsOf(outcomes: readonly PlaybookOutcome[]): PlaybookOutcome['hosts'] {
  return Object.fromEntries(outcomes.flatMap(({ hosts }) => Object.entries(hosts)));
}

const columns = [
  'ok',
  'changed',
  'failed',
  'unreachable',
  'skipped',
  'rescued',
  'ignored',
] as const;

function recapLines(ended: EndedApply): readonly string[] {
  const { outcomes, prepared, left, results } = ended;
  const counts = Object.entries(countsOf(outcomes));
  const all = results.all();
  const unfinished = [...new Set(all.map(({ host }) => host))]
    .filter((host) => counts.every(([counted]) => counted !== host))
    .map((host) => {
      const own = all.filter((result) => result.host === host);
      const done = own.filter(({ status }) => status === 'ok' || status === 'changed');
      const changed = own.filter(({ status }) => status === 'changed');
      return `${host} | ended in the middle, ${done.length} done, ${changed.length} of them changed`;
    });
  const failed = outcomes.flatMap(({ failedTasks }) => failedTasks);
  return [
    `host | ${columns.join(' | ')}`,
    ...counts.map(([host, own]) => `${host} | ${columns.map((name) => own[name]).join(' | ')}`),
    ...unfinished,
    ...prepared.unreachable.map(
      (host) => `${host} | did not answer in the preview, and was left out`,
    ),
    ...left.map((host) => `${host} | not begun, because a batch before it failed`),
    ...(failed.length === 0 ? [] : ['', 'failed tasks:']),
    ...failed.map(
      ({ host, task, kind, path, message }) =>
        `  ${host}: "${task}"${path === undefined ? '' : ` (${path})`} ${kind}${message === undefined ? '' : `: ${message}`}`,
    ),
  ];
}

function nextSteps({ callId, prepared: { rollback, rollsBack } }: EndedApply): readonly string[] {
  const back =
    rollback === undefined
      ? 'its playbook names no play that takes it back'
      : `take it back by ${rollback}: apply_playbook {"rollsBack": "${callId}"}`;
  return [
    '',
    `go on where it stopped: apply_playbook {"resume": "${callId}"}`,
    ...(rollsBack === undefined ? [back] : []),
  ];
}
