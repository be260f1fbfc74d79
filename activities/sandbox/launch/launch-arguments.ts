import { bubblewrapDescriptors } from './bubblewrap-arguments.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';

/** Absolute paths of the programs between the worker and the command. */
export interface LaunchPrograms {
  readonly bubblewrap: string;
  readonly nsenter: string;
  readonly prlimit: string;
}

/** What stands before bubblewrap. */
export interface LaunchPlan {
  readonly programs: LaunchPrograms;
  /** File with the seccomp filter. */
  readonly filter: string;
  /** Files of control groups to enter, may be empty. */
  readonly entrances: readonly string[];
  /** Identity to take on before anything else happens; absent when the worker is not root. */
  readonly identity?: { readonly uid: number; readonly mountNamespace?: string };
  readonly limits: SandboxLimits;
  /** Who holds the process limit. */
  readonly processLimit: 'cgroup' | 'rlimit';
  readonly argv: readonly string[];
}

/** Shell that runs the launcher. It sees no word of the agent but as `"$@"`, and none of its variables. */
export const launcherShell = '/bin/sh';

/**
 * Opens the filter, enters the control groups and becomes the next program; nothing is forked. Writing 0 moves the
 * writing process itself (cgroups(7)), so the command and all it starts are inside from their first instruction.
 */
const launcherScript = [
  'set -e',
  'umask 022',
  `exec ${bubblewrapDescriptors.filter}<"$1"`,
  'shift',
  'while [ "$1" != -- ]; do echo 0 >"$1"; shift; done',
  'shift',
  'exec "$@"',
].join('\n');

/** Writes the arguments for `launcherShell`: launcher, change of user, bubblewrap, resource limits, command. */
export function launchArguments(plan: LaunchPlan): string[] {
  return [
    ['-c', launcherScript, 'holdfast-sandbox', plan.filter, ...plan.entrances, '--'],
    identityArguments(plan),
    [plan.programs.bubblewrap, '--args', String(bubblewrapDescriptors.options), '--'],
    resourceArguments(plan),
    plan.argv,
  ].flat();
}

function identityArguments({ identity, programs }: LaunchPlan): string[] {
  if (identity === undefined) return [];
  const { uid, mountNamespace } = identity;
  return [
    [programs.nsenter],
    mountNamespace === undefined ? [] : [`--mount=${mountNamespace}`],
    ['--setuid', String(uid), '--setgid', String(uid), '--'],
  ].flat();
}

/**
 * Set inside the new user namespace, whose processes the kernel counts by themselves: outside, the limit would count
 * everything that the worker's user runs.
 */
function resourceArguments({ programs, limits, processLimit }: LaunchPlan): string[] {
  return [
    [programs.prlimit, '--core=0', `--fsize=${limits.fileSizeBytes}`],
    processLimit === 'rlimit' ? [`--nproc=${limits.processes}`] : [],
    ['--'],
  ].flat();
}
