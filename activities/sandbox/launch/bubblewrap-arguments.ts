import { dirname } from 'node:path';

import { workspaceInside, type HiddenPath, type SandboxCommand } from '../sandbox-command.ts';
import type { Blanks } from './blanks.ts';
import { insideUser, type SystemEntry } from './system-files.ts';

/** File descriptors that the launcher hands to bubblewrap. */
export const bubblewrapDescriptors = { status: 3, options: 4, filter: 9 } as const;

/** A folder of the host and where it appears inside. */
export interface BoundTree {
  readonly source: string;
  readonly target: string;
}

/** What all commands of one sandbox share. */
export interface SandboxProfile {
  readonly system: readonly SystemEntry[];
  readonly trees: readonly BoundTree[];
  readonly environment: Readonly<Record<string, string>>;
  /** What stands in the place of what a command does not see. */
  readonly blanks: Blanks;
}

/** Size of /run inside, where programs put locks and sockets only. Bytes. */
const runFolderBytes = 16 * 1024 ** 2;

/**
 * Writes bubblewrap's options for one command. They are handed over by descriptor, NUL-separated, because they hold
 * the environment and a command line is readable for everybody on the host.
 */
export function bubblewrapOptions(profile: SandboxProfile, command: SandboxCommand): string[] {
  return [
    namespaceOptions(command.network),
    ['--ro-bind', '/usr', '/usr'],
    profile.system.flatMap(systemOptions),
    networkFiles(command.network),
    ['--proc', '/proc', '--dev', '/dev'],
    temporary('/dev/shm', '1777', command.limits.memoryBytes),
    ['--remount-ro', '/dev'],
    temporary('/tmp', '1777', command.limits.memoryBytes),
    temporary('/run', '0755', runFolderBytes),
    ['--perms', '0755', '--dir', '/home'],
    homeOptions(command),
    profile.trees.flatMap(treeOptions),
    workspaceOptions(command),
    (command.hidden ?? []).flatMap((hidden) => hiddenOptions(profile.blanks, hidden)),
    ['--remount-ro', '/'],
    ['--chdir', command.cwd === undefined ? workspaceInside : `${workspaceInside}/${command.cwd}`],
    ['--clearenv'],
    Object.entries({ ...profile.environment, ...command.environment }).flatMap(([name, value]) => [
      '--setenv',
      name,
      value,
    ]),
  ].flat();
}

function namespaceOptions(network: SandboxCommand['network']): string[] {
  return [
    ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup'],
    network === 'none' ? ['--unshare-net'] : [],
    ['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ['--uid', String(insideUser.id), '--gid', String(insideUser.id)],
    ['--seccomp', String(bubblewrapDescriptors.filter)],
    ['--json-status-fd', String(bubblewrapDescriptors.status)],
  ].flat();
}

function systemOptions(entry: SystemEntry): string[] {
  switch (entry.type) {
    case 'bind':
      return ['--ro-bind', entry.source, entry.target];
    case 'link':
      return ['--symlink', entry.to, entry.target];
  }
}

function networkFiles(network: SandboxCommand['network']): string[] {
  return network === 'host' ? ['--ro-bind-try', '/etc/resolv.conf', '/etc/resolv.conf'] : [];
}

function temporary(target: string, permissions: string, sizeBytes: number): string[] {
  return ['--perms', permissions, '--size', String(sizeBytes), '--tmpfs', target];
}

function homeOptions({ home, limits }: SandboxCommand): string[] {
  return home === undefined
    ? temporary(insideUser.home, '0700', limits.memoryBytes)
    : ['--bind', home, insideUser.home];
}

function treeOptions({ source, target }: BoundTree): string[] {
  const parents: string[] = [];
  for (let parent = dirname(target); parent !== '/'; parent = dirname(parent)) {
    parents.unshift('--perms', '0755', '--dir', parent);
  }
  return [...parents, '--ro-bind', source, target];
}

function workspaceOptions({ workspace, workspaceAccess }: SandboxCommand): string[] {
  const option = workspaceAccess === 'read-write' ? '--bind' : '--ro-bind';
  return [option, workspace, workspaceInside];
}

/** It can be neither changed nor removed nor renamed while the command runs: it is a mount, and read-only. */
function hiddenOptions(blanks: Blanks, { path, kind }: HiddenPath): string[] {
  return ['--ro-bind', blanks[kind], `${workspaceInside}/${path}`];
}
