import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { BegunMarks } from '../../../../activities/effects/ledger/begun-marks.ts';

let folder: string;
let marks: BegunMarks;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-marks-'));
  marks = new BegunMarks(folder);
});

afterEach(() => rmSync(folder, { recursive: true }));

const call = { runId: 'run/default/a', callId: 'run/default/a/main/t1/c0', digest: 'first' };

describe('the marks of begun effects', () => {
  it('keep the first call at a position with its fence, for every process of this host', () => {
    marks.put(call, 7_000);
    marks.put({ ...call, digest: 'second' }, 9_000);

    expect(new BegunMarks(folder).of(call)).toEqual({ fence: 7_000, digest: 'first' });
  });

  it('know nothing of another call or run', () => {
    marks.put(call, 7_000);

    const others = [
      { ...call, callId: 'run/default/a/main/t1/c1' },
      { ...call, runId: 'run/default/b' },
    ];
    expect(others.map((other) => marks.of(other))).toEqual([undefined, undefined]);
  });

  it('forget a call that may begin anew, and all of a run that is closed', () => {
    const other = { ...call, callId: 'run/default/a/main/t2/c0' };
    marks.put(call, 7_000);
    marks.put(other, 8_000);

    marks.forget(call);
    const left = [call, other].map((each) => marks.of(each)?.fence);
    marks.forgetRun(call.runId);

    expect(left).toEqual([undefined, 8_000]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('go with time, but for runs that are open', () => {
    const runs = ['old', 'open'].map((name) => ({ ...call, runId: `run/default/${name}` }));
    for (const each of runs) marks.put(each, 7_000);
    const before = new Date(Date.now() + 60_000);
    marks.sweep({ open: ['run/default/open'], before: new Date(0) });
    const all = runs.map((each) => marks.of(each)?.fence);
    marks.sweep({ open: ['run/default/open'], before });

    expect(all).toEqual([7_000, 7_000]);
    expect(runs.map((each) => marks.of(each)?.fence)).toEqual([undefined, 7_000]);
    expect(() => new BegunMarks(join(folder, 'none')).sweep({ open: [], before })).not.toThrow();
  });

  it.each([
    ['was cut short, by a fence that nothing was begun with', '', 2_000_000_000],
    ['is an older one', '7000\n', 7_000],
  ])('tell that some call was begun when the mark %s', (_, text, fence) => {
    marks.put(call, 9_000);
    const [run = ''] = readdirSync(folder);
    const [file = ''] = readdirSync(join(folder, run));
    writeFileSync(join(folder, run, file), text);

    expect(marks.of(call)).toEqual({ fence, digest: undefined });
  });

  it('refuse to begin what they cannot keep', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'not a folder');

    expect(() => marks.put(call, 7_000)).toThrow(
      expect.objectContaining({ code: 'sandbox_unavailable' }),
    );
  });
});
