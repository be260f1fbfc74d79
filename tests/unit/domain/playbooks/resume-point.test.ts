import { describe, expect, it } from '@jest/globals';

import { resumePoint } from '../../../../domain/playbooks/apply/resume-point.ts';
import { TaskResults, type TaskResult } from '../../../../domain/playbooks/apply/task-results.ts';
import type { HostCounts } from '../../../../domain/playbooks/playbook-event-schema.ts';

const none: HostCounts = {
  ok: 1,
  changed: 0,
  failed: 0,
  unreachable: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
};
type Line = readonly [host: string, number: number, status: TaskResult['status']];
const results = (lines: readonly Line[], more: Partial<TaskResult> = {}): TaskResult[] =>
  lines.map(([host, number, status], position) => ({
    position,
    host,
    number,
    status,
    play: 'p',
    task: `Task ${number}`,
    path: `/workspace/a.yml:${number}`,
    action: 'copy',
    diffs: [],
    ...more,
  }));
const failedOnB: readonly Line[] = [
  ...['a', 'b', 'c'].flatMap((host) => [1, 2, 3].map((number): Line => [host, number, 'ok'])),
  ['a', 4, 'ok'],
  ['b', 4, 'failed'],
  ['c', 4, 'ok'],
  ['a', 5, 'ok'],
  ['c', 5, 'ok'],
];
const counts = { a: none, b: { ...none, failed: 1 }, c: none };
const run = {
  hosts: ['a', 'b', 'c'],
  results: results(failedOnB),
  counts,
  texts: [] as readonly string[],
};

describe('resumePoint', () => {
  it('goes on at the failed task on the failed host', () => {
    expect(resumePoint(run)).toEqual({
      type: 'at-task',
      task: 'Task 4',
      hosts: ['b'],
      notes: [],
    });
  });

  it('takes every host whose end nobody saw, from the earliest open task on', () => {
    const { counts: _, ...unseen } = run;

    expect(resumePoint(unseen)).toMatchObject({
      type: 'at-task',
      task: 'Task 4',
      hosts: run.hosts,
    });
  });

  it('has nothing to do when every host is done', () => {
    expect(resumePoint({ ...run, counts: { a: none, b: none, c: none } }).type).toBe('nothing');
  });

  it.each<readonly [string, Partial<TaskResult>, number, readonly string[]]>([
    ['a variable is used later', { leaves: ['found'] }, 3, ['register: found', 'when: found.x']],
    ['the name of a variable is a template', { leaves: ['{{ x }}'] }, 3, []],
    ['a task includes others', { action: 'ansible.builtin.include_role' }, 2, []],
    ['another task has the same name', { task: 'Task 4' }, 1, []],
  ])('begins anew on that host when %s', (_, more, number, texts) => {
    const changed = run.results.map((each) =>
      each.number === number ? { ...each, ...more } : each,
    );
    const point = resumePoint({ ...run, results: changed, texts });

    expect(point).toMatchObject({ type: 'from-start', hosts: ['b'] });
    expect('notes' in point ? point.notes : []).toHaveLength(1);
  });

  it('begins at the task when what an earlier one tells is not used', () => {
    const changed = run.results.map((each) =>
      each.number === 3 ? { ...each, leaves: ['found'] } : each,
    );

    expect(resumePoint({ ...run, results: changed, texts: ['register: found'] }).type).toBe(
      'at-task',
    );
  });

  it('says which handlers got lost', () => {
    const changed = run.results.map((each) =>
      each.number === 2 ? { ...each, status: 'changed' as const, notifies: ['Restart'] } : each,
    );

    expect(resumePoint({ ...run, results: changed })).toMatchObject({
      notes: ['the handler "Restart" was notified on b and did not run: run it by hand'],
    });
  });
});

describe('TaskResults', () => {
  it('gives the same positions for the same events, and a status once it is known', () => {
    const collected = new TaskResults();
    const take = collected.take.bind(collected);

    take({ type: 'play.start', at: 0, play: 'x', name: 'Play' });
    take({ type: 'task.start', at: 0, task: '1', name: 'One', action: 'copy' });
    const begun = take({ type: 'host.start', at: 0, task: '1', host: 'a' });
    take({ type: 'host.start', at: 0, task: '1', host: 'b' });
    const ended = take({ type: 'host.changed', at: 0, task: '1', host: 'a' });

    expect(begun).toMatchObject({ position: 0, status: 'started', play: 'Play', number: 1 });
    expect(ended).toMatchObject({ position: 0, status: 'changed' });
    expect(collected.all().map(({ host, status }) => [host, status])).toEqual([
      ['a', 'changed'],
      ['b', 'started'],
    ]);
  });
});
