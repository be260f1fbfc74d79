import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, it } from '@jest/globals';

import {
  descendantsOf,
  identityOf,
  isRunning,
  sendSignal,
} from '../../../../activities/sandbox/process/process-tree.ts';
import { isAbandoned, ownerName } from '../../../../activities/sandbox/state-folder.ts';

describe('the process tree', () => {
  it('finds a child and tells when it is gone', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;

    expect(descendantsOf(process.pid)).toContain(pid);
    expect(isRunning(pid)).toBe(true);
    expect(sendSignal(pid, 'SIGKILL')).toBe(true);
    await once(child, 'exit');

    expect(isRunning(pid)).toBe(false);
    expect(sendSignal(pid, 0)).toBe(false);
    expect(descendantsOf(process.pid)).not.toContain(pid);
  });

  it('knows a process by its number and its start', () => {
    expect(identityOf('self')).toEqual(identityOf(process.pid));
    expect(identityOf('self')?.startTicks).toMatch(/^\d+$/);
  });
});

describe('isAbandoned', () => {
  it('is false for what this process owns, and for strangers', () => {
    expect(isAbandoned(ownerName())).toBe(false);
    expect(isAbandoned('holdfast-data')).toBe(false);
  });

  it('is true when the number belongs to another process now', () => {
    expect(isAbandoned(`holdfast-${process.pid}-1-1`)).toBe(true);
    expect(isAbandoned('holdfast-999999999-1-1')).toBe(true);
  });
});
