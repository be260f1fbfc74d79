import { describe, expect, it } from '@jest/globals';

import { parsePlan } from '../../../../activities/sandbox/durable/launch-plan.ts';
import { supervisorArguments } from '../../../../activities/sandbox/durable/supervisor-arguments.ts';
import { defaultSandboxLimits } from '../../../../activities/sandbox/sandbox-limits.ts';

const plan = {
  limits: { ...defaultSandboxLimits, wallMs: 5_000, outputBytes: 1_000 },
  groups: ['/sys/fs/cgroup/c1'],
  sandbox: 'holdfast-1-2-3',
};

describe('the arguments of a supervisor', () => {
  it('count a lease of half a minute and the wall time in seconds, and output in blocks', () => {
    const [folder, line, ...rest] = supervisorArguments('/f', plan, {
      leaseMs: 30_000,
      counters: { memoryKills: '/m' },
    });

    expect(folder).toBe('/f');
    expect(parsePlan(line ?? '')).toMatchObject(plan);
    // The wall time comes two ticks late: a worker, if there is one, ends the command in time.
    expect(rest).toEqual(['1', '30', '7', '2', '/m', '']);
  });

  it('look at a short lease more often', () => {
    const [, , tick, lease] = supervisorArguments('/f', plan, { leaseMs: 500, counters: {} });

    expect([tick, lease]).toEqual(['0.05', '10']);
  });
});

describe('a plan', () => {
  it.each(['', '{}', '{"schemaVersion":2}'])('that is none of ours is refused: %j', (line) => {
    expect(parsePlan(line)).toBeUndefined();
  });
});
