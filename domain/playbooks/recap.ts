import type { HostCounts, PlaybookEvent } from './playbook-event-schema.ts';

/** How a playbook ended. `unknown`: nobody told, whatever its exit code was. */
export type PlaybookStatus = 'succeeded' | 'partial' | 'failed' | 'unknown';

/** A task that failed on a host, and was neither ignored nor rescued as far as is known. */
export interface FailedTask {
  readonly host: string;
  readonly task: string;
  readonly kind: 'failed' | 'unreachable';
  /** File and line; absent when Ansible does not say. */
  readonly path?: string;
  readonly message?: string;
}

/** What is known of a playbook from its events. */
export interface Recap {
  /** By host; from the last event of the playbook, absent before it. */
  readonly hosts?: Readonly<Record<string, HostCounts>>;
  /** Tasks that began, handlers included; with `serial` once for each batch. */
  readonly tasksTotal: number;
  /** In the order of the events. */
  readonly failedTasks: readonly FailedTask[];
  /** Of the task that began last, and of every task with a result to come. */
  readonly tasks: ReadonlyMap<string, { readonly name: string; readonly path?: string }>;
}

/** Before the first event. */
export const emptyRecap: Recap = { tasksTotal: 0, failedTasks: [], tasks: new Map() };

/** Takes the next event in. */
export function afterEvent(recap: Recap, event: PlaybookEvent): Recap {
  switch (event.type) {
    case 'task.start': {
      const { task, name, path } = event;
      const tasks = new Map(recap.tasks).set(task, {
        name,
        ...(path === undefined ? {} : { path }),
      });
      return { ...recap, tasks, tasksTotal: recap.tasksTotal + 1 };
    }
    case 'host.failed':
      return event.isIgnored === true ? recap : withFailure(recap, event, 'failed');
    case 'host.unreachable':
      return withFailure(recap, event, 'unreachable');
    case 'stats':
      return { ...recap, hosts: event.hosts };
    case 'playbook.start':
    case 'play.start':
    case 'play.no-hosts':
    case 'host.start':
    case 'host.item':
    case 'host.ok':
    case 'host.changed':
    case 'host.skipped':
    case 'host.retry':
    case 'host.diff':
    case 'host.not-previewed':
      return recap;
  }
}

function withFailure(
  recap: Recap,
  { host, task, message }: Extract<PlaybookEvent, { type: 'host.failed' | 'host.unreachable' }>,
  kind: FailedTask['kind'],
): Recap {
  const known = recap.tasks.get(task);
  const failed: FailedTask = {
    host,
    kind,
    task: known?.name ?? task,
    ...(known?.path === undefined ? {} : { path: known.path }),
    ...(message === undefined ? {} : { message }),
  };
  return { ...recap, failedTasks: [...recap.failedTasks, failed] };
}

/** Status and, unless it succeeded, why. */
export interface PlaybookVerdict {
  readonly status: PlaybookStatus;
  readonly reason?: string;
}

/**
 * Tells how a playbook ended from its last event. The exit code only ever makes it worse: 0 without the event proves
 * nothing, and code 4 stands for a syntax error as well as for a host that does not answer.
 */
export function playbookVerdict({ hosts }: Recap, exitCode: number): PlaybookVerdict {
  if (hosts === undefined) {
    return { status: 'unknown', reason: `it ended with code ${exitCode} and without final counts` };
  }
  const counts = Object.entries(hosts);
  if (counts.length === 0) return { status: 'failed', reason: 'no host matched' };
  const failed = namesOf(counts, ({ failed: times }) => times > 0);
  const unreachable = namesOf(counts, (host) => host.unreachable > 0 && host.failed === 0);
  if (failed.length > 0) return { status: 'failed', reason: `failed on ${failed.join(', ')}` };
  if (unreachable.length > 0) {
    const status = unreachable.length === counts.length ? 'failed' : 'partial';
    return { status, reason: `unreachable: ${unreachable.join(', ')}` };
  }
  if (exitCode !== 0) {
    return { status: 'failed', reason: `it ended with code ${exitCode} after the last task` };
  }
  return { status: 'succeeded' };
}

function namesOf(
  counts: readonly (readonly [string, HostCounts])[],
  test: (counts: HostCounts) => boolean,
): readonly string[] {
  return counts.filter(([, each]) => test(each)).map(([name]) => name);
}
