import { describe, expect, it } from '@jest/globals';

import {
  playbookEventSchema,
  type HostCounts,
  type PlaybookEvent,
} from '../../../../domain/playbooks/playbook-event-schema.ts';
import { afterEvent, emptyRecap, playbookVerdict } from '../../../../domain/playbooks/recap.ts';

const none: HostCounts = {
  ok: 0,
  changed: 0,
  failed: 0,
  unreachable: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
};
const ended = (hosts: Readonly<Record<string, Partial<HostCounts>>>) => ({
  ...emptyRecap,
  hosts: Object.fromEntries(
    Object.entries(hosts).map(([host, counts]) => [host, { ...none, ...counts }]),
  ),
});

describe('the verdict on a playbook', () => {
  it.each([
    ['succeeded', { a: { ok: 3 }, b: { ok: 2, skipped: 1 } }, 0],
    ['succeeded', { a: { ok: 3, rescued: 1, ignored: 2 } }, 0],
    ['partial', { a: { ok: 3 }, b: { unreachable: 1 } }, 4],
    ['failed', { a: { ok: 3 }, b: { failed: 1 } }, 2],
    ['failed', { a: { unreachable: 1 } }, 4],
    ['failed', {}, 0],
    ['failed', { a: { ok: 3 } }, 250],
  ] as const)('is %s for %j with exit code %i', (status, hosts, exitCode) => {
    expect(playbookVerdict(ended(hosts), exitCode).status).toBe(status);
  });

  it.each([0, 1, 4])('is unknown without final counts, with exit code %i', (exitCode) => {
    expect(playbookVerdict(emptyRecap, exitCode).status).toBe('unknown');
  });
});

describe('a recap', () => {
  it('names what failed by task, file and line, and leaves out what was ignored', () => {
    const at = 1;
    const events: readonly PlaybookEvent[] = [
      {
        type: 'task.start',
        at,
        task: 't1',
        name: 'Copy',
        action: 'copy',
        path: '/workspace/a.yml:3',
      },
      { type: 'host.ok', at, task: 't1', host: 'a' },
      { type: 'host.failed', at, task: 't1', host: 'b', message: 'disk full' },
      { type: 'task.start', at, task: 't2', name: 'Restart', action: 'command', isHandler: true },
      { type: 'host.failed', at, task: 't2', host: 'a', isIgnored: true },
      { type: 'host.unreachable', at, task: 't2', host: 'c' },
    ];

    const recap = events.reduce(afterEvent, emptyRecap);

    expect(recap.tasksTotal).toBe(2);
    expect(recap.failedTasks).toEqual([
      { host: 'b', kind: 'failed', task: 'Copy', path: '/workspace/a.yml:3', message: 'disk full' },
      { host: 'c', kind: 'unreachable', task: 'Restart' },
    ]);
  });
});

describe('an event', () => {
  it.each([
    [{ type: 'host.exploded', at: 1 }],
    [{ type: 'stats', at: 1, hosts: { a: { ok: 'many' } } }],
    [{ type: 'host.ok', at: 1, task: 't' }],
  ])('%j is refused', (value) => {
    expect(playbookEventSchema.safeParse(value).success).toBe(false);
  });
});
