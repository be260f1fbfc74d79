import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import {
  hasSandboxFilter,
  sandboxFilter,
} from '../../../../../activities/sandbox/seccomp/sandbox-filter.ts';
import {
  auditArchitecture,
  systemCalls,
  type SystemCallName,
} from '../../../../../activities/sandbox/seccomp/system-calls.ts';
import { runFilter } from './filter-interpreter.ts';

const killed = 0x8000_0000;
const allowed = 0x7fff_0000;
const failed = (errno: number): number => 0x0005_0000 + errno;
const conditional: readonly SystemCallName[] = [
  'clone',
  'unshare',
  'ioctl',
  'socket',
  'socketpair',
];

describe.each(['x64', 'arm64'] as const)('sandboxFilter for %s', (name) => {
  const filter = sandboxFilter(name);
  const architecture = auditArchitecture[name];
  const judge = (call: SystemCallName, values: readonly bigint[] = []): number =>
    runFilter(filter, { architecture, number: systemCalls[call][name] ?? -1, values });

  it('kills calls of every other architecture', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(600), (other, number) => {
        fc.pre(other !== architecture);

        expect(runFilter(filter, { architecture: other, number })).toBe(killed);
      }),
    );
  });

  it('refuses the x32 ABI, whatever the call', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x4000_0000, max: 0xffff_ffff }), (number) => {
        expect(runFilter(filter, { architecture, number })).toBe(failed(1));
      }),
    );
  });

  it('refuses every listed call, and allows all others', () => {
    const expected = new Map<number | undefined, number>();
    for (const [call, numbers] of Object.entries(systemCalls)) {
      if (!conditional.some((each) => each === call)) expected.set(numbers[name], failed(1));
    }
    expected.set(systemCalls.clone3[name], failed(38));
    const open = conditional.map((call) => systemCalls[call][name]);

    const numbers = Array.from({ length: 600 }, (_, number) => number).filter(
      (number) => !open.includes(number),
    );

    expect(numbers.map((number) => [number, runFilter(filter, { architecture, number })])).toEqual(
      numbers.map((number) => [number, expected.get(number) ?? allowed]),
    );
  });

  it('refuses a user namespace and no other use of clone and unshare', () => {
    const newUser = 0x1000_0000n;

    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), (flags) => {
        const expected = (flags & newUser) === 0n ? allowed : failed(1);

        expect(judge('clone', [flags])).toBe(expected);
        expect(judge('unshare', [flags])).toBe(expected);
      }),
    );
  });

  it('refuses terminal injection, also with the upper half of the request filled', () => {
    expect(judge('ioctl', [0n, 0x5412n])).toBe(failed(1));
    expect(judge('ioctl', [0n, 0x541cn])).toBe(failed(1));
    expect(judge('ioctl', [0n, 0xffff_ffff_0000_5412n])).toBe(failed(1));
    expect(judge('ioctl', [0n, 0x5401n])).toBe(allowed);
  });

  it('allows the common socket families only', () => {
    const families = Array.from({ length: 50 }, (_, family) => family);

    const open = families.filter((family) => judge('socket', [BigInt(family)]) === allowed);

    expect(open).toEqual([1, 2, 10, 16]);
    expect(judge('socketpair', [40n])).toBe(failed(97));
  });
});

describe('hasSandboxFilter', () => {
  it('knows the architectures Node runs on that have a filter', () => {
    expect(['x64', 'arm64', 'riscv64', 'toString'].map(hasSandboxFilter)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
