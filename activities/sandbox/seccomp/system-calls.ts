/** Processor architectures for which a filter can be built, named as Node names them. */
export type FilterArchitecture = 'x64' | 'arm64';

/** AUDIT_ARCH of each architecture (linux/audit.h). */
export const auditArchitecture: { readonly [architecture in FilterArchitecture]: number } = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
};

/** Numbers of one system call; `undefined` where the architecture never had it. */
interface SystemCallNumbers {
  readonly x64: number;
  readonly arm64: number | undefined;
}

const both = (x64: number, arm64: number): SystemCallNumbers => ({ x64, arm64 });
const onlyX64 = (x64: number): SystemCallNumbers => ({ x64, arm64: undefined });

/** Numbers from asm/unistd_64.h (x86-64) and asm-generic/unistd.h (arm64), Linux 6.1; newer calls have one number everywhere. */
export const systemCalls = {
  ptrace: both(101, 117),
  process_vm_readv: both(310, 270),
  process_vm_writev: both(311, 271),
  kcmp: both(312, 272),
  pidfd_getfd: both(438, 438),
  bpf: both(321, 280),
  keyctl: both(250, 219),
  add_key: both(248, 217),
  request_key: both(249, 218),
  kexec_load: both(246, 104),
  kexec_file_load: both(320, 294),
  create_module: onlyX64(174),
  init_module: both(175, 105),
  finit_module: both(313, 273),
  delete_module: both(176, 106),
  mount: both(165, 40),
  umount2: both(166, 39),
  pivot_root: both(155, 41),
  chroot: both(161, 51),
  open_tree: both(428, 428),
  open_tree_attr: both(467, 467),
  move_mount: both(429, 429),
  fsopen: both(430, 430),
  fsconfig: both(431, 431),
  fsmount: both(432, 432),
  fspick: both(433, 433),
  mount_setattr: both(442, 442),
  setns: both(308, 268),
  unshare: both(272, 97),
  clone: both(56, 220),
  clone3: both(435, 435),
  userfaultfd: both(323, 282),
  perf_event_open: both(298, 241),
  io_uring_setup: both(425, 425),
  io_uring_enter: both(426, 426),
  io_uring_register: both(427, 427),
  swapon: both(167, 224),
  swapoff: both(168, 225),
  reboot: both(169, 142),
  settimeofday: both(164, 170),
  clock_settime: both(227, 112),
  clock_adjtime: both(305, 266),
  adjtimex: both(159, 171),
  acct: both(163, 89),
  quotactl: both(179, 60),
  quotactl_fd: both(443, 443),
  syslog: both(103, 116),
  vhangup: both(153, 58),
  iopl: onlyX64(172),
  ioperm: onlyX64(173),
  modify_ldt: onlyX64(154),
  uselib: onlyX64(134),
  nfsservctl: both(180, 42),
  lookup_dcookie: both(212, 18),
  fanotify_init: both(300, 262),
  open_by_handle_at: both(304, 265),
  sethostname: both(170, 161),
  setdomainname: both(171, 162),
  ioctl: both(16, 29),
  socket: both(41, 198),
  socketpair: both(53, 199),
} as const satisfies { readonly [name: string]: SystemCallNumbers };

export type SystemCallName = keyof typeof systemCalls;
