import { describe, expect, it } from '@jest/globals';

import {
  applyPlaybookSchema,
  previewPlaybookSchema,
} from '../../../../../domain/playbooks/playbook-call-schema.ts';
import type { PlaybookEvent } from '../../../../../domain/playbooks/playbook-event-schema.ts';
import { normalisedEntry } from '../../../../../domain/playbooks/preview/normalised.ts';
import { previewDifference } from '../../../../../domain/playbooks/preview/preview-difference.ts';
import {
  isIdle,
  previewFrom,
  unpredictable,
} from '../../../../../domain/playbooks/preview/preview.ts';
import { withoutVolatile } from '../../../../../domain/playbooks/preview/volatile.ts';

const nowMs = Date.parse('2026-03-04T05:06:07Z');
const time = { fromMs: nowMs, untilMs: nowMs + 2_000 };
const counts = {
  ok: 1,
  changed: 0,
  failed: 0,
  unreachable: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
};
const at = nowMs;
const begins = (task: string, more: object = {}): PlaybookEvent => ({
  type: 'task.start',
  at,
  task,
  name: `Task ${task}`,
  action: 'copy',
  ...more,
});
const stats = (...hosts: string[]): PlaybookEvent => ({
  type: 'stats',
  at,
  hosts: Object.fromEntries(hosts.map((host) => [host, counts])),
});

const of = (...events: PlaybookEvent[]) => {
  const preview = previewFrom([begins('1'), ...events, stats('a')]);
  return preview === undefined ? [] : [isIdle(preview), unpredictable(preview).length];
};
const entry = (after: string, before = '') => ({
  host: 'a',
  play: 'p',
  task: 't',
  action: 'template',
  kind: 'changes' as const,
  diffs: [{ before, after, after_header: `/root/.ansible/tmp/${after.length}/x` }],
});
const mark = (host: string, task: string, hash: string) => ({ host, task, hash });

describe('previewFrom', () => {
  it('tells per host and task what would change, with the difference', () => {
    const diffs = [{ before: 'a\n', after: 'b\n' }];
    const preview = previewFrom([
      { type: 'play.start', at, play: 'p', name: 'Play' },
      begins('1'),
      { type: 'host.changed', at, task: '1', host: 'b' },
      { type: 'host.diff', at, task: '1', host: 'b', diffs },
      { type: 'host.changed', at, task: '1', host: 'a' },
      begins('2'),
      { type: 'host.ok', at, task: '2', host: 'a' },
      stats('b', 'a'),
    ]);

    expect(preview?.hosts).toEqual(['a', 'b']);
    expect(preview?.entries).toMatchObject([
      { host: 'a', play: 'Play', task: 'Task 1', kind: 'changes', diffs: [] },
      { host: 'b', kind: 'changes', diffs },
    ]);
  });

  it('is nothing without the last event', () => {
    expect(previewFrom([begins('1')])).toBeUndefined();
  });

  it('is idle only when every host answered and what was not previewed only looks', () => {
    const looks = {
      type: 'host.not-previewed',
      at,
      task: '1',
      host: 'a',
      why: 'left-out',
    } as const;
    expect(of()).toEqual([true, 0]);
    expect(of({ ...looks, looksOnly: true })).toEqual([true, 1]);
    expect(of({ ...looks, looksOnly: true }, looks)).toEqual([false, 1]);
    expect(of({ type: 'host.changed', at, task: '1', host: 'a' })).toEqual([false, 0]);
    expect(of({ type: 'host.failed', at, task: '1', host: 'a' })).toEqual([false, 1]);
    expect(of({ type: 'host.unreachable', at, task: '1', host: 'a' })).toEqual([false, 0]);
  });
});

describe('withoutVolatile', () => {
  it.each([
    ['written 2026-03-04T05:06:08Z', 'written <now>'],
    ['written 2026-03-04 07:06:08', 'written <now>'],
    ['Wed Mar  4 05:06:08 UTC 2026', '<now>'],
    [`at ${Math.floor(nowMs / 1_000)}.25`, 'at <now>'],
    ['/home/agent/.ansible/tmp/ansible-local-7abc/tmpq1w2e3r4/motd.j2', '<temporary>/motd.j2'],
    ['expires 2027-01-01T00:00:00Z', 'expires 2027-01-01T00:00:00Z'],
    ['call 1700000000', 'call 1700000000'],
  ])('makes of %j %j', (text, expected) => {
    expect(withoutVolatile(text, time)).toBe(expected);
  });

  it('keeps a present time that was there before', () => {
    const text = 'made 2026-03-04T05:06:07Z';

    expect(withoutVolatile(text, time, text)).toBe(text);
  });
});

describe('a normalised entry', () => {
  it('is the same a moment later, and another when the host is', () => {
    const later = { fromMs: nowMs + 90_000_000, untilMs: nowMs + 90_000_000 };
    const first = normalisedEntry(entry('now 2026-03-04T05:06:08Z'), time);

    expect(normalisedEntry(entry('now 2026-03-05T06:06:08Z'), later)).toEqual(first);
    expect(normalisedEntry(entry('now 2026-03-05T06:06:08Z', 'x'), later)).not.toEqual(first);
  });
});

describe('previewDifference', () => {
  it('names host and task of what is new, gone or another', () => {
    const lines = previewDifference(
      [mark('a', 'one', '1'), mark('a', 'two', '2'), mark('b', 'one', '1')],
      [mark('a', 'one', '9'), mark('b', 'one', '1'), mark('b', 'three', '3')],
    );

    expect(lines).toEqual([
      'a: what "one" does is another',
      'a: what "two" does is not there any more',
      'b: what "three" does is new',
    ]);
  });
});

describe('the arguments of playbook tools', () => {
  it.each([
    ['an option for a limit', { playbook: 'a.yml', limit: '--check' }],
    ['a file for a limit', { playbook: 'a.yml', limit: '@/etc/hosts' }],
    ['a connection variable', { playbook: 'a.yml', variables: { ansible_connection: 'local' } }],
    ['a template', { playbook: 'a.yml', variables: { x: ["{{ lookup('pipe', 'id') }}"] } }],
    ['unknown fields', { playbook: 'a.yml', check: false }],
  ])('refuse %s', (_, args) => {
    expect(previewPlaybookSchema.safeParse(args).success).toBe(false);
    expect(applyPlaybookSchema.safeParse(args).success).toBe(false);
  });

  const callId = 'run/default/k/main/t1/c0';
  it.each([
    [true, { playbook: 'a.yml', batch: '50%', variables: { x: { y: [1, null] } } }],
    [true, { resume: callId }],
    [true, { rollsBack: callId, variables: { x: 1 } }],
    [false, {}],
    [false, { playbook: 'a.yml', resume: callId }],
    [false, { resume: callId, limit: 'h1' }],
    [false, { resume: callId, variables: {} }],
  ])('are taken (%s): %j', (expected, args) => {
    expect(applyPlaybookSchema.safeParse(args).success).toBe(expected);
  });
});
