import { chownSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { allocateUid } from './allocate-uid.ts';
import type { Controller } from './control-groups/hierarchies.ts';
import { applied, missing, notRequested, type Enforced, type LayerState } from './enforced.ts';
import type { Foundation } from './foundation.ts';
import { prepareCommand } from './launch/prepare-command.ts';
import type { SandboxCommand } from './sandbox-command.ts';
import { defaultSandboxLimits } from './sandbox-limits.ts';
import { startSupervised } from './process/supervised-process.ts';

const namespaceNames = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'] as const;
/** Prints what the kernel says about the process inside, and leaves a file whose owner can be read outside. */
const probeScript =
  'touch made; cat /proc/self/status; for n in "$@"; do readlink /proc/self/ns/$n; done';
const notTried = 'not tried, because the sandbox does not start at all';

/** Runs one command through everything and says which layers the kernel confirms. Never throws. */
export async function probeLayers(foundation: Foundation): Promise<Enforced> {
  const limits = limitLayers(foundation);
  const { launcher } = foundation;
  if (typeof launcher === 'string') return withoutNamespaces(limits, launcher);
  try {
    return { ...limits, ...(await tryOne(foundation)) };
  } catch (error) {
    return withoutNamespaces(limits, error instanceof Error ? error.message : String(error));
  }
}

/** The layers of one command: what it does not ask for is not missing. */
export function layersFor(enforced: Enforced, { network }: SandboxCommand): Enforced {
  if (network === 'none') return enforced;
  return { ...enforced, network: notRequested('the command was given the network of the host') };
}

type LimitLayers = Pick<Enforced, 'memory' | 'processes' | 'cpu' | 'storage'>;

function limitLayers({ homes, homeless }: Foundation): LimitLayers {
  const layerOf = (controller: Controller): LayerState => {
    const home = homes.find((candidate) => candidate.controller === controller);
    if (home !== undefined) return applied(home.version);
    return missing(
      `${homeless[controller] ?? 'no control group'}; mount cgroup v2, or delegate a group to the worker (systemd: Delegate=yes)`,
    );
  };
  const processes = layerOf('pids');
  return {
    memory: layerOf('memory'),
    processes: processes.applied ? processes : applied('rlimit'),
    cpu: layerOf('cpu'),
    storage: applied('polling'),
  };
}

function withoutNamespaces(limits: LimitLayers, reason: string): Enforced {
  return {
    namespaces: missing(reason),
    seccomp: missing(notTried),
    user: missing(notTried),
    network: missing(notTried),
    ...limits,
  };
}

async function tryOne(
  foundation: Foundation,
): Promise<Pick<Enforced, 'namespaces' | 'seccomp' | 'user' | 'network'>> {
  const uid = allocateUid('probe');
  const workspace = join(foundation.folder, 'probe');
  mkdirSync(workspace, { recursive: true });
  if (foundation.isRoot) chownSync(workspace, uid, uid);
  const answer = await ask(foundation, {
    argv: ['/bin/sh', '-c', probeScript, 'probe', ...namespaceNames],
    workspace,
    workspaceAccess: 'read-write',
    limits: { ...defaultSandboxLimits, wallMs: probeWallMs },
    network: 'none',
    uid,
  });
  const made = join(workspace, 'made');
  const owner = existsSync(made) ? lstatSync(made).uid : undefined;
  rmSync(workspace, { recursive: true, force: true });
  return judge(answer, { isRoot: foundation.isRoot, owner, uid });
}

/** A sandbox starts in some 10 ms; a machine that needs this long is stuck. */
const probeWallMs = 10_000;

async function ask(foundation: Foundation, command: SandboxCommand): Promise<string> {
  const prepared = prepareCommand(foundation, { command, name: 'probe' });
  const streams = await foundation.openStreams(command);
  const printed = { stdout: '', stderr: '' };
  const running = startSupervised({
    launchArguments: prepared.arguments,
    bubblewrapOptions: prepared.options,
    ...streams,
    leaks: foundation.leaks,
    onOutput: (chunk, stream) => {
      printed[stream] += Buffer.from(chunk).toString();
    },
  });
  const timer = setTimeout(() => running.stop(0), command.limits.wallMs);
  try {
    const end = await running.ended;
    if (end.exitCode === 0 && end.hasStarted) return printed.stdout;
    throw new Error(adviceFor(printed.stderr.trim() || `exit code ${end.exitCode}`));
  } finally {
    clearTimeout(timer);
    await prepared.groups.remove();
  }
}

function adviceFor(complaint: string): string {
  if (!/namespace|uid map|Operation not permitted/i.test(complaint)) return complaint;
  return `${complaint}; user namespaces must be allowed: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 (Debian), an AppArmor profile for bwrap or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)`;
}

function judge(
  answer: string,
  {
    isRoot,
    owner,
    uid,
  }: { readonly isRoot: boolean; readonly owner: number | undefined; readonly uid: number },
): Pick<Enforced, 'namespaces' | 'seccomp' | 'user' | 'network'> {
  const shared = namespaceNames.filter((name) =>
    answer.includes(readlinkSync(`/proc/self/ns/${name}`)),
  );
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(answer)?.[1];
  const isBare = /^0+$/.test(field('CapEff') ?? '') && field('NoNewPrivs') === '1';
  return {
    namespaces:
      shared.length === 0 && isBare
        ? applied('bubblewrap')
        : missing(
            shared.length > 0
              ? `shared with the host: ${shared.join(', ')}`
              : 'capabilities are left',
          ),
    seccomp:
      field('Seccomp') === '2'
        ? applied('seccomp')
        : missing('the kernel shows no filter on the process'),
    user: userLayer({ isRoot, owner, uid }),
    network: shared.includes('net')
      ? missing("the network namespace is the host's")
      : applied('bubblewrap'),
  };
}

function userLayer(seen: {
  readonly isRoot: boolean;
  readonly owner: number | undefined;
  readonly uid: number;
}): LayerState {
  if (!seen.isRoot) return notRequested('the worker is not root: commands run as its own user');
  return seen.owner === seen.uid
    ? applied('setuid')
    : missing(
        `a file made inside belongs to ${seen.owner ?? 'nobody'} and not to user ${seen.uid}`,
      );
}
