import { describe, expect, it } from '@jest/globals';

import {
  applied,
  missing,
  notRequested,
  requireLayers,
  type Enforced,
} from '../../../../activities/sandbox/enforced.ts';

const allApplied: Enforced = {
  namespaces: applied('bubblewrap'),
  seccomp: applied('seccomp'),
  user: applied('setuid'),
  network: applied('bubblewrap'),
  memory: applied('cgroup-v1'),
  processes: applied('cgroup-v1'),
  cpu: applied('cgroup-v1'),
  storage: applied('polling'),
};

describe('requireLayers', () => {
  it('passes when all layers hold or were not asked for', () => {
    const enforced = { ...allApplied, network: notRequested('granted') };

    expect(() => requireLayers(enforced, [])).not.toThrow();
  });

  it('names every missing layer and what to do about it', () => {
    const enforced = { ...allApplied, memory: missing('mount cgroup v2'), cpu: missing('also') };

    expect(() => requireLayers(enforced, [])).toThrow(
      expect.objectContaining({
        code: 'sandbox_unavailable',
        message: expect.stringContaining('memory, cpu'),
        suggestion: expect.stringContaining('mount cgroup v2'),
      }),
    );
  });

  it('passes without a layer that is optional', () => {
    expect(() =>
      requireLayers({ ...allApplied, memory: missing('none') }, ['memory']),
    ).not.toThrow();
  });

  it.each(['namespaces', 'seccomp'] as const)('never does without %s', (layer) => {
    expect(() => requireLayers({ ...allApplied, [layer]: missing('none') }, [layer])).toThrow(
      layer,
    );
  });
});
