import type { PlaybookEvent } from '../playbook-event-schema.ts';

/** One difference as Ansible tells it. */
export type PlaybookDiff = Extract<PlaybookEvent, { type: 'host.diff' }>['diffs'][number];

/** Why check mode says nothing of a task. */
export type NotPreviewedWhy = Extract<PlaybookEvent, { type: 'host.not-previewed' }>['why'];

/** Something that people have to know about one task on one host. */
export interface PreviewEntry {
  readonly host: string;
  readonly play: string;
  readonly task: string;
  readonly action: string;
  /** File and line. */
  readonly path?: string;
  /**
   * `changes`: it would change something. `fails`, `unreachable`: what comes behind it on the host is not known.
   * `not-previewed`: check mode cannot tell what it does, and it was not run.
   */
  readonly kind: 'changes' | 'fails' | 'unreachable' | 'not-previewed';
  readonly why?: NotPreviewedWhy;
  /** True when a task that was not previewed only looks, by its module or by what it says of itself. */
  readonly looksOnly?: boolean;
  /** Empty when the module tells none, or the task hides it. */
  readonly diffs: readonly PlaybookDiff[];
  /** Covers what is too long to be shown. */
  readonly omitted?: string;
  readonly message?: string;
}

/** What a playbook would do. */
export interface PlaybookPreview {
  /** Every host that the plays would work on, by name. */
  readonly hosts: readonly string[];
  readonly unreachable: readonly string[];
  readonly tasks: number;
  /** In the order of tasks, then hosts. */
  readonly entries: readonly PreviewEntry[];
}

/** Longest message of a task that is kept. Characters. */
const longestMessage = 500;

interface KnownTask {
  readonly order: number;
  readonly play: string;
  readonly task: string;
  readonly action: string;
  readonly path?: string;
}

interface Ordered {
  readonly order: number;
  entry: PreviewEntry;
}

/** Reads the events of a run in check mode. Undefined without its last event: then nobody knows what would happen. */
export function previewFrom(events: readonly PlaybookEvent[]): PlaybookPreview | undefined {
  const tasks = new Map<string, KnownTask>();
  const found = new Map<string, Ordered>();
  let play = '';
  let hosts: readonly string[] | undefined;
  const put = (
    { host, task: id }: { readonly host: string; readonly task: string },
    kind: PreviewEntry['kind'],
    more: Partial<PreviewEntry> = {},
  ): void => {
    const known = tasks.get(id) ?? { order: tasks.size, play, task: id, action: '' };
    const { order, ...task } = known;
    const key = `${id}\0${host}\0${kind}`;
    const before = found.get(key)?.entry;
    // Of a loop one item that does more than look is enough to count.
    const isQuiet = more.looksOnly === true && before?.looksOnly !== false;
    const entry = { host, ...task, kind, diffs: [], ...before, ...more };
    found.set(key, {
      order,
      entry: kind === 'not-previewed' ? { ...entry, looksOnly: isQuiet } : entry,
    });
  };
  for (const event of events) {
    switch (event.type) {
      case 'play.start':
        play = event.name;
        break;
      case 'task.start': {
        const { name: task, action, path } = event;
        const at = path === undefined ? {} : { path };
        tasks.set(event.task, { order: tasks.size, play, task, action, ...at });
        break;
      }
      case 'host.changed':
        put(event, 'changes');
        break;
      case 'host.diff':
        put(event, 'changes', {
          diffs: event.diffs,
          ...(event.omitted === undefined ? {} : { omitted: event.omitted }),
        });
        break;
      case 'host.failed':
        if (event.isIgnored !== true) put(event, 'fails', messageOf(event));
        break;
      case 'host.unreachable':
        put(event, 'unreachable');
        break;
      case 'host.not-previewed':
        put(event, 'not-previewed', {
          why: event.why,
          looksOnly: event.looksOnly === true,
        });
        break;
      case 'stats':
        hosts = Object.keys(event.hosts);
        break;
      case 'playbook.start':
      case 'play.no-hosts':
      case 'host.start':
      case 'host.item':
      case 'host.ok':
      case 'host.skipped':
      case 'host.retry':
        break;
    }
  }
  if (hosts === undefined) return undefined;
  const entries = [...found.values()]
    .toSorted((one, other) => one.order - other.order || compare(one.entry.host, other.entry.host))
    .map(({ entry }) => entry);
  const unreachable = entries.filter(({ kind }) => kind === 'unreachable');
  return {
    hosts: hosts.toSorted(compare),
    unreachable: [...new Set(unreachable.map(({ host }) => host))].toSorted(compare),
    tasks: tasks.size,
    entries,
  };
}

function messageOf({ message }: { readonly message?: string | undefined }): Partial<PreviewEntry> {
  return message === undefined ? {} : { message: message.slice(0, longestMessage) };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Entries of tasks that may do what nobody has seen. */
export function unpredictable({ entries }: PlaybookPreview): readonly PreviewEntry[] {
  return entries.filter(({ kind }) => kind === 'not-previewed' || kind === 'fails');
}

/** True when applying it would do nothing that matters: every host answered, and what was not previewed only looks. */
export function isIdle({ entries }: PlaybookPreview): boolean {
  return entries.every(({ kind, looksOnly }) => kind === 'not-previewed' && looksOnly === true);
}
