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

const call = { runId: 'run/default/a', callId: 'run/default/a/main/t1/c0' };

describe('the marks of begun effects', () => {
  it('keep the first fence of a call, for every process of this host', () => {
    marks.put(call, 7_000);
    marks.put(call, 9_000);

    expect(new BegunMarks(folder).fenceOf(call)).toBe(7_000);
  });

  it('know nothing of another call or run', () => {
    marks.put(call, 7_000);

    const others = [
      { ...call, callId: 'run/default/a/main/t1/c1' },
      { ...call, runId: 'run/default/b' },
    ];
    expect(others.map((other) => marks.fenceOf(other))).toEqual([undefined, undefined]);
  });

  it('forget a call that may begin anew, and all of a run that is closed', () => {
    const other = { ...call, callId: 'run/default/a/main/t2/c0' };
    marks.put(call, 7_000);
    marks.put(other, 8_000);

    marks.forget(call);
    const left = [call, other].map((each) => marks.fenceOf(each));
    marks.forgetRun(call.runId);

    expect(left).toEqual([undefined, 8_000]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tell that a call was begun when the mark was cut short, by a fence that nothing was begun with', () => {
    marks.put(call, 7_000);
    const [run = ''] = readdirSync(folder);
    const [file = ''] = readdirSync(join(folder, run));
    writeFileSync(join(folder, run, file), '');

    expect(marks.fenceOf(call)).toBe(2_000_000_000);
  });

  it('refuse to begin what they cannot keep', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'not a folder');

    expect(() => marks.put(call, 7_000)).toThrow(
      expect.objectContaining({ code: 'sandbox_unavailable' }),
    );
  });
});
