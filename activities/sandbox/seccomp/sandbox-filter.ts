import {
  encodeFilter,
  filterData,
  filterVerdict,
  give,
  jump,
  load,
  type FilterInstruction,
} from './filter-program.ts';
import {
  auditArchitecture,
  systemCalls,
  type FilterArchitecture,
  type SystemCallName,
} from './system-calls.ts';

/** What the filter does with one system call; a rule with an argument looks at its lower 32 bits. */
type FilterRule =
  | { readonly type: 'refuse'; readonly call: SystemCallName; readonly errno: number }
  | {
      readonly type: 'refuse-flags' | 'refuse-values' | 'allow-values';
      readonly call: SystemCallName;
      readonly argument: number;
      readonly values: readonly number[];
      readonly errno: number;
    };

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** CLONE_NEWUSER (linux/sched.h): a new user namespace would give back capabilities. */
const newUserNamespace = 0x1000_0000;
/** TIOCSTI and TIOCLINUX (asm-generic/ioctls.h): both push input into a terminal. */
const terminalInjection = [0x5412, 0x541c];
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; netlink is needed by getaddrinfo. AF_VSOCK would pass by the network namespace. */
const socketFamilies = [1, 2, 10, 16];
/** Bit that marks a call of the x32 ABI, which has the same AUDIT_ARCH as x86-64. */
const x32Bit = 0x4000_0000;

const refusedCalls: readonly SystemCallName[] = [
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'kcmp',
  'pidfd_getfd',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'fanotify_init',
  'open_by_handle_at',
  'keyctl',
  'add_key',
  'request_key',
  'kexec_load',
  'kexec_file_load',
  'create_module',
  'init_module',
  'finit_module',
  'delete_module',
  'uselib',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'mount_setattr',
  'setns',
  'open_tree',
  'open_tree_attr',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'swapon',
  'swapoff',
  'reboot',
  'acct',
  'quotactl',
  'quotactl_fd',
  'syslog',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'vhangup',
  'iopl',
  'ioperm',
  'modify_ldt',
  'nfsservctl',
  'lookup_dcookie',
  'sethostname',
  'setdomainname',
];

const rules: readonly FilterRule[] = [
  ...refusedCalls.map((call): FilterRule => ({ type: 'refuse', call, errno: EPERM })),
  // SAFETY: the flags of clone3 lie in memory that a filter cannot read; ENOSYS makes libc use clone.
  { type: 'refuse', call: 'clone3', errno: ENOSYS },
  { type: 'refuse-flags', call: 'clone', argument: 0, values: [newUserNamespace], errno: EPERM },
  { type: 'refuse-flags', call: 'unshare', argument: 0, values: [newUserNamespace], errno: EPERM },
  { type: 'refuse-values', call: 'ioctl', argument: 1, values: terminalInjection, errno: EPERM },
  {
    type: 'allow-values',
    call: 'socket',
    argument: 0,
    values: socketFamilies,
    errno: EAFNOSUPPORT,
  },
  {
    type: 'allow-values',
    call: 'socketpair',
    argument: 0,
    values: socketFamilies,
    errno: EAFNOSUPPORT,
  },
];

/**
 * Builds the seccomp filter of the sandbox: another architecture's calls kill the process, calls that reach the
 * kernel's inner doors fail, the rest is allowed. Bytes are an array of `struct sock_filter`.
 */
export function sandboxFilter(architecture: FilterArchitecture): Uint8Array {
  return encodeFilter([
    load(filterData.architecture),
    jump('jumpIfEqual', auditArchitecture[architecture], { ifTrue: 1, ifFalse: 0 }),
    give(filterVerdict.killProcess),
    load(filterData.systemCall),
    jump('jumpIfAtLeast', x32Bit, { ifTrue: 0, ifFalse: 1 }),
    give(filterVerdict.fail(EPERM)),
    ...rules.flatMap((rule) => instructionsOf(rule, architecture)),
    give(filterVerdict.allow),
  ]);
}

/** True for architectures that have a filter. */
export function hasSandboxFilter(architecture: string): architecture is FilterArchitecture {
  return Object.hasOwn(auditArchitecture, architecture);
}

function instructionsOf(rule: FilterRule, architecture: FilterArchitecture): FilterInstruction[] {
  const number = systemCalls[rule.call][architecture];
  if (number === undefined) return [];
  const body = bodyOf(rule);
  return [jump('jumpIfEqual', number, { ifTrue: 0, ifFalse: body.length }), ...body];
}

function bodyOf(rule: FilterRule): FilterInstruction[] {
  const refuse = give(filterVerdict.fail(rule.errno));
  const allow = give(filterVerdict.allow);
  switch (rule.type) {
    case 'refuse':
      return [refuse];
    case 'refuse-flags':
      return [
        load(filterData.argumentLow(rule.argument)),
        ...rule.values.flatMap((value) => when('jumpIfAnyBit', value, refuse)),
        allow,
      ];
    case 'refuse-values':
      return [
        load(filterData.argumentLow(rule.argument)),
        ...rule.values.flatMap((value) => when('jumpIfEqual', value, refuse)),
        allow,
      ];
    case 'allow-values':
      return [
        load(filterData.argumentLow(rule.argument)),
        ...rule.values.flatMap((value) => when('jumpIfEqual', value, allow)),
        refuse,
      ];
  }
}

function when(
  condition: 'jumpIfEqual' | 'jumpIfAnyBit',
  value: number,
  then: FilterInstruction,
): FilterInstruction[] {
  return [jump(condition, value, { ifTrue: 0, ifFalse: 1 }), then];
}
