import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { takeInstanceLock } from '../../../../workers/instance/instance-lock.ts';
import { sendSignal } from '../../../support/instance/send-signal.ts';

function request(): { file: string; pid: number; sendSignal: typeof sendSignal } {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'lock');
  return { file, pid: process.pid, sendSignal };
}

describe('takeInstanceLock', () => {
  it('refuses while the holder lives, and gives the lock back', () => {
    const lock = request();
    const release = takeInstanceLock(lock);

    expect(() => takeInstanceLock(lock)).toThrow(expect.objectContaining({ code: 'conflict' }));
    release();
    expect(existsSync(lock.file)).toBe(false);
  });

  it.each([
    ['a dead process', JSON.stringify({ pid: 1, startedTicks: '99999999999' })],
    ['a damaged file', '{'],
  ])('takes over the lock of %s', (_, text) => {
    const lock = request();
    writeFileSync(lock.file, text);

    expect(() => takeInstanceLock(lock)).not.toThrow();
  });
});
