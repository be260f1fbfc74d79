import { arch } from 'node:os';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  systemCalls,
  type SystemCallName,
} from '../../../activities/sandbox/seccomp/system-calls.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

/** Makes system calls by number and prints `name=errno`, 0 for success. */
async function attempt(
  calls: readonly { readonly name: SystemCallName; readonly values: readonly number[] }[],
): Promise<ReadonlyMap<string, number>> {
  const lines = calls.map(({ name, values }) => {
    const numbers = systemCalls[name];
    const number = arch() === 'arm64' ? numbers.arm64 : numbers.x64;
    return `    (${JSON.stringify(name)}, ${number ?? 0}, [${values.join(', ')}]),`;
  });
  const { output } = await fixture.python(
    [
      'import ctypes',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'for name, number, values in [',
      ...lines,
      ']:',
      '    ctypes.set_errno(0)',
      '    code = libc.syscall(number, *[ctypes.c_long(v) for v in values])',
      '    print(f"{name}={ctypes.get_errno() if code == -1 else 0}", flush=True)',
    ].join('\n'),
  );
  const pairs = output.stdout.trim().split('\n');
  return new Map(pairs.map((pair) => [pair.split('=')[0] ?? '', Number(pair.split('=')[1])]));
}

const EPERM = 1;

describe('the seccomp filter in the kernel', () => {
  it('refuses the inner doors of the kernel', async () => {
    const names: readonly SystemCallName[] = [
      'ptrace',
      'process_vm_readv',
      'bpf',
      'keyctl',
      'add_key',
      'request_key',
      'mount',
      'umount2',
      'pivot_root',
      'open_tree',
      'move_mount',
      'fsopen',
      'setns',
      'userfaultfd',
      'perf_event_open',
      'io_uring_setup',
      'kexec_load',
      'init_module',
      'finit_module',
      'delete_module',
      'swapon',
      'reboot',
      'settimeofday',
      'open_by_handle_at',
    ];

    const errors = await attempt(names.map((name) => ({ name, values: [0, 0, 0, 0, 0] })));

    expect([...errors]).toEqual(names.map((name) => [name, EPERM]));
  });

  it('refuses a user namespace by every way to it', async () => {
    const newUser = 0x1000_0000;

    const errors = await attempt([
      { name: 'unshare', values: [newUser] },
      { name: 'clone', values: [newUser | 17, 0, 0, 0, 0] },
      { name: 'clone3', values: [0, 88] },
    ]);

    expect([...errors]).toEqual([
      ['unshare', EPERM],
      ['clone', EPERM],
      ['clone3', 38],
    ]);
  });

  it('refuses to push input into a terminal', async () => {
    const errors = await attempt([{ name: 'ioctl', values: [0, 0x5412, 0] }]);

    expect(errors.get('ioctl')).toBe(EPERM);
  });

  it.each([
    ['AF_UNIX', 1, 0],
    ['AF_INET', 2, 0],
    ['AF_INET6', 10, 0],
    ['AF_ALG', 38, 97],
    ['AF_VSOCK', 40, 97],
    ['AF_PACKET', 17, 97],
    ['AF_BLUETOOTH', 31, 97],
  ])('answers a socket of %s as it must', async (_name, family, errno) => {
    const errors = await attempt([{ name: 'socket', values: [family, 1, 0] }]);

    expect(errors.get('socket')).toBe(errno);
  });

  it('lets ordinary programs fork, thread and use time-outs', async () => {
    const { exitCode, output } = await fixture.python(
      'import subprocess, threading, multiprocessing.dummy as d\nprint(subprocess.check_output(["echo", "forked"]).decode(), d.Pool(3).map(abs, [-1, -2]))',
    );

    expect(exitCode).toBe(0);
    expect(output.stdout).toContain('forked');
    expect(output.stdout).toContain('[1, 2]');
  });

  it('refuses a debugger and a nested sandbox', async () => {
    const strace = await fixture.shell('strace true');
    const nested = await fixture.shell('bwrap --ro-bind / / --unshare-user true');

    expect(strace.exitCode).not.toBe(0);
    expect(nested.exitCode).not.toBe(0);
    expect(nested.output.stderr).toMatch(/namespace/);
  });
});
