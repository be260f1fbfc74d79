import { describe, expect, it } from '@jest/globals';

import {
  parseStopScope,
  stopScopeText,
  stopSubject,
} from '../../../../domain/stops/stop-scopes.ts';
import { stoppingRow, type StopRow } from '../../../../domain/stops/stopping-row.ts';

const run = { tenant: 't', runId: 'run/t/r1', project: 'shop', specialist: 'coder' };
const subject = stopSubject(run, ['shell']);

function row(change: Partial<StopRow>): StopRow {
  return { tenant: 't', scope: 'all', kind: 'kill', seq: 1, ...change };
}

describe('parseStopScope', () => {
  it.each([
    'all',
    'tenant:t',
    'project:a b',
    'specialist:x',
    'tool:shell',
    'hostGroup:web',
    'run:run/t/r1',
  ])('reads %s and writes it as it was', (text) => {
    const scope = parseStopScope(text);

    expect(scope === undefined ? undefined : stopScopeText(scope)).toBe(text);
  });

  it.each([
    '',
    'everything',
    'all:',
    'all:x',
    'tool',
    'tool:',
    'tool: ',
    ':x',
    'planet:mars',
    'TOOL:x',
  ])('refuses %j', (text) => {
    expect(parseStopScope(text)).toBeUndefined();
  });
});

describe('stopSubject', () => {
  it('names every scope that covers a call, of a step also those of its run', () => {
    const step = stopSubject({ ...run, runId: 'run/t/r1/step/a' }, ['shell']);

    expect(step.rootRunId).toBe('run/t/r1');
    expect(step.scopes).toEqual([
      'all',
      'tenant:t',
      'project:shop',
      'specialist:coder',
      'run:run/t/r1/step/a',
      'run:run/t/r1',
      'tool:shell',
    ]);
  });
});

describe('stoppingRow', () => {
  it.each([
    ['all', true],
    ['tenant:t', true],
    ['project:shop', true],
    ['specialist:coder', true],
    ['tool:shell', true],
    ['run:run/t/r1', true],
    ['tenant:other', false],
    ['project:shops', false],
    ['tool:write_file', false],
    ['run:run/t/r11', false],
    ['hostGroup:web', false],
  ])('of %s stops: %j', (scope, isStopped) => {
    expect(stoppingRow([row({ scope })], subject) !== undefined).toBe(isStopped);
  });

  it('of another tenant stops nothing, of every tenant it does', () => {
    expect(stoppingRow([row({ tenant: 'other' })], subject)).toBeUndefined();
    expect(stoppingRow([row({ tenant: '*' })], subject)).toBeDefined();
  });

  it('that cannot be understood stops everything', () => {
    expect(stoppingRow([row({ scope: 'planet:mars' })], subject)).toBeDefined();
    expect(stoppingRow([row({ kind: 'of-a-newer-version' })], subject)).toBeDefined();
  });

  it('is passed over by a run that was released after it, and not by a cancel', () => {
    const release = row({ kind: 'release', scope: 'run:run/t/r1', seq: 2 });
    const cancel = row({ kind: 'cancel', scope: 'run:run/t/r1', seq: 1 });

    expect(stoppingRow([row({}), release], subject)).toBeUndefined();
    expect(stoppingRow([row({ seq: 3 }), release], subject)).toBeDefined();
    expect(stoppingRow([row({}), release, cancel], subject)).toBe(cancel);
    expect(stoppingRow([row({}), { ...release, scope: 'run:run/t/r2' }], subject)).toBeDefined();
  });
});
