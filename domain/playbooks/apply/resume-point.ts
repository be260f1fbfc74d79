import type { HostCounts } from '../playbook-event-schema.ts';
import type { TaskResult } from './task-results.ts';

/** What is known of a run of a playbook that did not end well. */
export interface EndedRun {
  /** Every host that it was to work on. */
  readonly hosts: readonly string[];
  /** By position. */
  readonly results: readonly TaskResult[];
  /** Absent when its last event never came. */
  readonly counts?: Readonly<Record<string, HostCounts>>;
  /** Every text of the repository that may use a variable: playbooks, roles, templates. */
  readonly texts: readonly string[];
}

/** Where to go on. */
export type ResumePoint =
  | { readonly type: 'nothing'; readonly why: string }
  | {
      readonly type: 'at-task';
      readonly task: string;
      readonly hosts: readonly string[];
      readonly notes: readonly string[];
    }
  | {
      readonly type: 'from-start';
      readonly hosts: readonly string[];
      /** Why it is not enough to begin at the task; at least one. */
      readonly notes: readonly string[];
    };

/** Tasks that come into being while the playbook runs: no run can begin in the middle of them. */
const dynamicActions = /(?:^|\.)include_(?:tasks|role)$/;
/** Tasks whose result only the run remembers. */
const remembering = /(?:^|\.)(?:include_vars|add_host|group_by|set_stats)$/;
/** What begins every play by itself. */
const gathering = /(?:^|\.)(?:gather_facts|setup)$/;

/**
 * Finds where a playbook goes on: at the first task that did not end well on a host that is not done, on those hosts only.
 * Where Ansible cannot begin there, or what comes behind needs what only earlier tasks tell, it is run again from its
 * start on those hosts, which changes nothing that is done already.
 */
export function resumePoint(run: EndedRun): ResumePoint {
  const hosts = run.hosts.filter((host) => !isDone(host, run));
  if (hosts.length === 0) return { type: 'nothing', why: 'it came to its end on every host' };
  const own = run.results.filter(({ host }) => hosts.includes(host));
  const at = firstOpenTask(hosts, run.results);
  if (at === undefined) {
    return { type: 'from-start', hosts, notes: ['no task had begun on these hosts'] };
  }
  const before = run.results.filter(({ number }) => number < at.number);
  const unsafe = [
    ...ambiguous(at, run.results),
    ...dynamic(before, at),
    ...remembered(before),
    ...neededVariables(before, run.texts),
  ];
  const notes = lostHandlers(own, at);
  if (unsafe.length > 0) return { type: 'from-start', hosts, notes: [...unsafe, ...notes] };
  return { type: 'at-task', task: at.task, hosts, notes };
}

function isDone(host: string, { counts }: EndedRun): boolean {
  const own = counts?.[host];
  return own !== undefined && own.failed === 0 && own.unreachable === 0;
}

/** The earliest task that is open on one of the hosts: failed, unreachable or begun there, else the last one that was done. */
function firstOpenTask(
  hosts: readonly string[],
  results: readonly TaskResult[],
): TaskResult | undefined {
  const open = hosts.flatMap((host) => {
    const own = results.filter((result) => result.host === host && result.isHandler !== true);
    return own.findLast(isOpen) ?? own.at(-1) ?? [];
  });
  return open.toSorted((one, other) => one.number - other.number)[0];
}

function isOpen({ status }: TaskResult): boolean {
  return status === 'failed' || status === 'unreachable' || status === 'started';
}

function ambiguous(at: TaskResult, results: readonly TaskResult[]): readonly string[] {
  if (at.task === '' || /[*?[\]]/.test(at.task))
    return [`the task at ${at.path ?? '?'} has no plain name`];
  if (gathering.test(at.action)) return ['it stopped before its first task'];
  const others = results.filter(({ task, path }) => task === at.task && path !== at.path);
  return others.length === 0 ? [] : [`several tasks are named "${at.task}"`];
}

function dynamic(before: readonly TaskResult[], at: TaskResult): readonly string[] {
  const found = before.find(({ action, play }) => dynamicActions.test(action) && play === at.play);
  return found === undefined
    ? []
    : [`"${found.task}" brings tasks in while it runs, and Ansible cannot begin among them`];
}

function remembered(before: readonly TaskResult[]): readonly string[] {
  const found = before.find(({ action }) => remembering.test(action));
  return found === undefined ? [] : [`what "${found.task}" does is remembered by the run only`];
}

/** Results and facts of earlier tasks that some text of the repository names again. */
function neededVariables(
  before: readonly TaskResult[],
  texts: readonly string[],
): readonly string[] {
  const makers = new Map(
    before.flatMap(({ leaves = [], task }) => leaves.map((name) => [name, task] as const)),
  );
  return [...makers].flatMap(([name, task]) => {
    // A name that is a template itself cannot be looked for.
    if (!/^\w+$/.test(name)) return [`"${task}" sets ${name}`];
    const word = new RegExp(String.raw`\b${name}\b`, 'g');
    const own = new RegExp(String.raw`(?:register:\s*["']?|^\s*)${name}\b["']?\s*(?::|$)`, 'gm');
    const uses = texts.reduce((sum, text) => sum + countOf(text, word) - countOf(text, own), 0);
    return uses > 0 ? [`"${task}" tells ${name}, which is used later`] : [];
  });
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Handlers that were notified on these hosts and did not run: nothing notifies them a second time. */
function lostHandlers(own: readonly TaskResult[], at: TaskResult): readonly string[] {
  const notified = own.filter(
    ({ status, notifies = [], play }) =>
      status === 'changed' && notifies.length > 0 && play === at.play,
  );
  const names = notified.flatMap(({ notifies = [], host, position }) =>
    notifies
      .filter((name) => !ran(own, { name, host, position }))
      .map(
        (name) => `the handler "${name}" was notified on ${host} and did not run: run it by hand`,
      ),
  );
  return [...new Set(names)];
}

function ran(
  own: readonly TaskResult[],
  {
    name,
    host,
    position,
  }: { readonly name: string; readonly host: string; readonly position: number },
): boolean {
  return own.some(
    (result) =>
      result.isHandler === true &&
      result.host === host &&
      result.position > position &&
      (result.task === name || result.task.endsWith(` : ${name}`)),
  );
}
