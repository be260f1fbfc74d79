import type { PlaybookEvent } from '../playbook-event-schema.ts';
import type { PlaybookDiff } from '../preview/preview.ts';

/** How a task ended on a host. `started`: nobody saw its end. */
export type TaskStatus =
  | 'started'
  | 'ok'
  | 'changed'
  | 'failed'
  | 'ignored'
  | 'skipped'
  | 'unreachable';

/** One task on one host, as it was recorded while a playbook ran. */
export interface TaskResult {
  /** From 0, in the order in which tasks began on hosts. */
  readonly position: number;
  readonly host: string;
  readonly play: string;
  /** From 1: number of the task among those that began; with several batches it goes on. */
  readonly number: number;
  readonly task: string;
  readonly action: string;
  readonly path?: string;
  readonly isHandler?: true;
  readonly leaves?: readonly string[];
  readonly notifies?: readonly string[];
  readonly status: TaskStatus;
  /** What it changed, as Ansible told it; empty when it told nothing. */
  readonly diffs: readonly PlaybookDiff[];
}

type Begun = Pick<TaskResult, 'play' | 'number' | 'task' | 'action'> & Partial<TaskResult>;

/** Collects what became of each task on each host. The same events always give the same positions. */
export class TaskResults {
  readonly #tasks = new Map<string, Begun>();
  readonly #results = new Map<string, TaskResult>();
  #play = '';

  /** Takes the next event in; returns the result that it changed, when it did. */
  take(event: PlaybookEvent): TaskResult | undefined {
    switch (event.type) {
      case 'play.start':
        this.#play = event.name;
        return undefined;
      case 'task.start': {
        const { task: id, name: task, action, path, isHandler, leaves, notifies } = event;
        this.#tasks.set(id, {
          play: this.#play,
          number: this.#tasks.size + 1,
          task,
          action,
          ...(path === undefined ? {} : { path }),
          ...(isHandler === true ? { isHandler } : {}),
          ...(leaves === undefined ? {} : { leaves }),
          ...(notifies === undefined ? {} : { notifies }),
        });
        return undefined;
      }
      case 'host.start':
        return this.#put(event, {});
      case 'host.ok':
        return this.#put(event, { status: 'ok' });
      case 'host.changed':
        return this.#put(event, { status: 'changed' });
      case 'host.skipped':
        return this.#put(event, { status: 'skipped' });
      case 'host.failed':
        return this.#put(event, { status: event.isIgnored === true ? 'ignored' : 'failed' });
      case 'host.unreachable':
        return this.#put(event, { status: 'unreachable' });
      case 'host.diff':
        return this.#put(event, { diffs: event.diffs });
      case 'playbook.start':
      case 'play.no-hosts':
      case 'host.item':
      case 'host.retry':
      case 'host.not-previewed':
      case 'stats':
        return undefined;
    }
  }

  /** All of them, by position. */
  all(): readonly TaskResult[] {
    return [...this.#results.values()];
  }

  #put(
    { host, task: id }: { readonly host: string; readonly task: string },
    more: Partial<TaskResult>,
  ): TaskResult {
    const key = `${id}\0${host}`;
    const task = this.#tasks.get(id) ?? { play: this.#play, number: 0, task: id, action: '' };
    const before = this.#results.get(key);
    const fresh = { position: this.#results.size, host, status: 'started', diffs: [] } as const;
    const result: TaskResult = { ...(before ?? { ...fresh, ...task }), ...more };
    this.#results.set(key, result);
    return result;
  }
}
