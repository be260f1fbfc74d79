import { describe, expect, it } from '@jest/globals';

import {
  bubblewrapOptions,
  type SandboxProfile,
} from '../../../../activities/sandbox/launch/bubblewrap-arguments.ts';
import {
  launchArguments,
  type LaunchPlan,
} from '../../../../activities/sandbox/launch/launch-arguments.ts';
import type { SandboxCommand } from '../../../../activities/sandbox/sandbox-command.ts';
import { defaultSandboxLimits } from '../../../../activities/sandbox/sandbox-limits.ts';

function command(overrides: Partial<SandboxCommand> = {}): SandboxCommand {
  return {
    argv: ['echo', '$(id)', '--', '; reboot'],
    workspace: '/srv/ws',
    workspaceAccess: 'read-write',
    limits: defaultSandboxLimits,
    network: 'none',
    uid: 200_001,
    ...overrides,
  };
}

const profile: SandboxProfile = {
  system: [
    { type: 'link', to: 'usr/bin', target: '/bin' },
    { type: 'bind', source: '/state/etc', target: '/etc' },
  ],
  trees: [{ source: '/state/trees/0', target: '/root/.pyenv' }],
  environment: { PATH: '/usr/bin', LANG: 'C.UTF-8' },
  blanks: { file: '/state/blanks/file', folder: '/state/blanks/folder' },
};

const optionsOf = (overrides: Partial<SandboxCommand> = {}): string =>
  bubblewrapOptions(profile, command(overrides)).join(' ');

describe('bubblewrapOptions', () => {
  it('leaves every namespace and drops every capability', () => {
    for (const option of [
      '--unshare-user',
      '--unshare-ipc',
      '--unshare-pid',
      '--unshare-uts',
      '--unshare-cgroup',
      '--unshare-net',
      '--die-with-parent',
      '--new-session',
      '--cap-drop ALL',
      '--seccomp 9',
      '--clearenv',
    ]) {
      expect(optionsOf()).toContain(option);
    }
  });

  it('keeps the network of the host only where it was granted', () => {
    expect(optionsOf({ network: 'host' })).not.toContain('--unshare-net');
    expect(optionsOf({ network: 'host' })).toContain('/etc/resolv.conf');
  });

  it('binds the workspace as it was asked for, and nothing else for writing', () => {
    const options = bubblewrapOptions(profile, command());
    const writable = options.flatMap((option, at) =>
      option === '--bind' ? [options[at + 1]] : [],
    );

    expect(writable).toEqual(['/srv/ws']);
    expect(optionsOf({ workspaceAccess: 'read-only' })).toContain('--ro-bind /srv/ws /workspace');
    expect(optionsOf({ workspaceAccess: 'read-only' })).not.toContain('--bind /srv/ws');
  });

  it('binds nothing over what is hidden but empty files and folders, read-only, behind the workspace', () => {
    const hidden = [
      { path: '.env', kind: 'file' },
      { path: 'secrets', kind: 'folder' },
    ] as const;

    expect(optionsOf({ hidden })).toContain(
      '--bind /srv/ws /workspace --ro-bind /state/blanks/file /workspace/.env --ro-bind /state/blanks/folder /workspace/secrets',
    );
  });

  it('binds toolchains below folders that everybody can pass', () => {
    expect(optionsOf()).toContain('--perms 0755 --dir /root --ro-bind /state/trees/0 /root/.pyenv');
  });

  it('closes the root folder after everything was put there', () => {
    const options = bubblewrapOptions(profile, command());
    const closed = options.findIndex(
      (word, at) => word === '--remount-ro' && options[at + 1] === '/',
    );

    expect(options.lastIndexOf('--bind')).toBeLessThan(closed);
    expect(options.lastIndexOf('--tmpfs')).toBeLessThan(closed);
  });

  it('gives the variables of the command precedence over those of the profile', () => {
    const options = optionsOf({ environment: { LANG: 'de_DE.UTF-8' } });

    expect(options).toContain('--setenv LANG de_DE.UTF-8');
    expect(options).not.toContain('C.UTF-8');
  });
});

const plan: LaunchPlan = {
  programs: {
    bubblewrap: '/usr/bin/bwrap',
    nsenter: '/usr/bin/nsenter',
    prlimit: '/usr/bin/prlimit',
  },
  filter: '/state/filter.bpf',
  entrances: ['/cg/memory/tasks', '/cg/pids/tasks'],
  identity: { uid: 200_001, mountNamespace: '/proc/7/fd/20' },
  limits: defaultSandboxLimits,
  processLimit: 'cgroup',
  argv: command().argv,
};

describe('launchArguments', () => {
  it('puts the launcher, the change of user, bubblewrap and the limits before the command', () => {
    const [, script, ...words] = launchArguments(plan);

    expect(script).not.toContain('reboot');
    expect(words).toEqual(
      [
        ['holdfast-sandbox', '/state/filter.bpf', '/cg/memory/tasks', '/cg/pids/tasks', '--'],
        ['/usr/bin/nsenter', '--mount=/proc/7/fd/20', '--setuid', '200001', '--setgid', '200001'],
        ['--', '/usr/bin/bwrap', '--args', '4', '--', '/usr/bin/prlimit', '--core=0'],
        ['--fsize=2147483648', '--', 'echo', '$(id)', '--', '; reboot'],
      ].flat(),
    );
  });

  it('changes no user where the worker is not root', () => {
    const { identity: _, ...withoutIdentity } = plan;

    expect(launchArguments(withoutIdentity)).not.toContain('/usr/bin/nsenter');
  });

  it('limits processes by resource limits where no group does', () => {
    expect(launchArguments(plan).join(' ')).not.toContain('--nproc');
    expect(launchArguments({ ...plan, processLimit: 'rlimit' })).toContain('--nproc=100');
  });
});
