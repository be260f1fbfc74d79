import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SandboxProfile } from './launch/bubblewrap-arguments.ts';
import {
  findControllerHome,
  parentsToTry,
  type ControllerHome,
} from './control-groups/controller-home.ts';
import { cgroupHierarchies, controllers, type Controller } from './control-groups/hierarchies.ts';
import { removeEmptyGroups } from './control-groups/remove-group.ts';
import { findLauncher, findProgram, type Launcher } from './launch/find-launcher.ts';
import { inheritedDescriptors } from './launch/inherited-descriptors.ts';
import { insideEnvironment } from './launch/inside-environment.ts';
import { makeBlanks } from './launch/blanks.ts';
import { readBootId } from './boot-id.ts';
import type { LaunchStreams } from './durable/start-launch.ts';
import { statesInUse } from './durable/sweep-launches.ts';
import { createPipePool } from './process/output-pipes.ts';
import { openInput } from './process/input-file.ts';
import type { SandboxCommand } from './sandbox-command.ts';
import type { CommandStreams } from './process/supervised-process.ts';
import { stageTrees, type StagedTrees } from './launch/mount-namespace.ts';
import {
  makeStateFolder,
  ownerName,
  removeAbandonedFolders,
  removeAbandonedGroups,
  removeFolder,
} from './state-folder.ts';
import { prepareSystemFiles } from './launch/system-files.ts';
import { findToolchains, type Toolchains } from './launch/toolchains.ts';

/** What a sandbox is made from. */
export interface SandboxOptions {
  /** Absolute path of a folder that every user may pass through; the sandbox keeps its files there. */
  readonly stateFolder: string;
  /** The worker's variables: PATH, HOME and those of coverage tools are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** bubblewrap, when it is not the one on PATH. */
  readonly bubblewrap?: string;
  /** 'none' does without control groups, as on a machine that has none. */
  readonly controlGroups?: 'auto' | 'none';
}

/** What was set up once and serves every command of a sandbox. */
export interface Foundation {
  /** Name of this sandbox. */
  readonly name: string;
  /** This sandbox's own folder. */
  readonly folder: string;
  /** Where launches leave what outlives their worker. */
  readonly launches: string;
  /** Programs and filter a command is started with; a text says what is missing. */
  readonly launcher: Launcher | string;
  readonly profile: SandboxProfile;
  readonly toolchains: Toolchains;
  readonly homes: readonly ControllerHome[];
  /** Why a controller has no home. */
  readonly homeless: Partial<Record<Controller, string>>;
  readonly isRoot: boolean;
  readonly mountNamespace: string | undefined;
  /** Why toolchains of closed folders are not there; undefined when all is well. */
  readonly stagingProblem: string | undefined;
  /** Opens what a command reads from and prints to. */
  readonly openStreams: (command: SandboxCommand) => Promise<CommandStreams>;
  /** Opens what a launch reads from and prints to; `options` are bubblewrap's. */
  readonly openLaunch: (
    command: SandboxCommand,
    options: readonly string[],
  ) => Promise<LaunchStreams>;
  readonly leaks: { readonly descriptors: readonly number[]; readonly blank: number };
  readonly close: () => void;
}

const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Sets up the files, mounts and control groups of a sandbox and clears away what dead workers left. */
export async function layFoundation(options: SandboxOptions): Promise<Foundation> {
  const path = options.environment['PATH'] ?? fallbackPath;
  const home = options.environment['HOME'] ?? '/root';
  const name = ownerName();
  const launches = join(options.stateFolder, 'effects');
  removeAbandonedFolders(options.stateFolder, statesInUse(launches, readBootId()));
  const folder = makeStateFolder(options.stateFolder, name);
  const isRoot = effectiveUid() === 0;
  const toolchains = findToolchains(path, home);
  const staged = await stageIfNeeded({ isRoot, toolchains, folder: join(folder, 'trees'), path });
  const groups = findHomes(options.controlGroups ?? 'auto', name);
  const launcher = findLauncher(path, join(folder, 'filter.bpf'), options.bubblewrap);
  const blank = openSync('/dev/null', 'r+');
  return {
    name,
    folder,
    launches,
    launcher,
    profile: {
      system: prepareSystemFiles(join(folder, 'etc')),
      trees: staged.trees,
      environment: insideEnvironment(options.environment, toolchains.environment),
      blanks: makeBlanks(join(folder, 'blanks')),
    },
    toolchains,
    ...groups,
    isRoot,
    mountNamespace: staged.namespace,
    stagingProblem: staged.problem,
    ...streamsOf(launcher, { folder, isRoot }),
    leaks: { descriptors: inheritedDescriptors(), blank },
    close: () => {
      closeSync(blank);
      staged.close();
      for (const group of groups.homes) removeEmptyGroups(group.folder);
      // A command that runs on still reads its system files there; a later worker removes them.
      if (!statesInUse(launches, readBootId()).has(name)) removeFolder(folder);
    },
  };
}

function effectiveUid(): number {
  const fields = /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(fields?.[1] ?? -1);
}

function streamsOf(
  launcher: Launcher | string,
  { folder, isRoot }: { readonly folder: string; readonly isRoot: boolean },
): Pick<Foundation, 'openStreams' | 'openLaunch'> {
  if (typeof launcher === 'string') {
    const refuse = (): Promise<never> => Promise.reject(new Error(launcher));
    return { openStreams: refuse, openLaunch: refuse };
  }
  const pool = createPipePool(launcher.mkfifo, join(folder, 'pipes'));
  const ownerOf = ({ uid }: SandboxCommand): number | undefined => (isRoot ? uid : undefined);
  const inputOf = (command: SandboxCommand): number | undefined =>
    command.input === undefined
      ? undefined
      : openInput(command.input, { folder, owner: ownerOf(command) });
  return {
    openStreams: async (command) => {
      const owner = ownerOf(command);
      const pipes = { stdout: await pool.take(owner), stderr: await pool.take(owner) };
      const input = inputOf(command);
      return input === undefined ? { pipes } : { pipes, input };
    },
    openLaunch: async (command, options) => {
      const output = await pool.takeEnds(ownerOf(command));
      const text = options.map((option) => `${option}\0`).join('');
      return {
        output,
        options: openInput(text, { folder, owner: undefined }),
        input: inputOf(command),
      };
    },
  };
}

interface Staging extends Pick<StagedTrees, 'trees' | 'close'> {
  readonly namespace: string | undefined;
  readonly problem: string | undefined;
}

async function stageIfNeeded(needs: {
  readonly isRoot: boolean;
  readonly toolchains: Toolchains;
  readonly folder: string;
  readonly path: string;
}): Promise<Staging> {
  const direct = needs.toolchains.trees.map((tree) => ({ source: tree, target: tree }));
  const unstaged = { namespace: undefined, close: () => undefined };
  if (!needs.isRoot || direct.length === 0) {
    return { ...unstaged, trees: direct, problem: undefined };
  }
  const unshare = findProgram(needs.path, 'unshare');
  const mount = findProgram(needs.path, 'mount');
  if (unshare === undefined || mount === undefined) {
    return { ...unstaged, trees: [], problem: 'unshare and mount (util-linux) are not on PATH' };
  }
  try {
    const staged = await stageTrees(needs.toolchains.trees, needs.folder, { unshare, mount });
    return { ...staged, problem: undefined };
  } catch (error) {
    return {
      ...unstaged,
      trees: [],
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

function findHomes(choice: 'auto' | 'none', name: string): Pick<Foundation, 'homes' | 'homeless'> {
  const hierarchies =
    choice === 'none'
      ? []
      : cgroupHierarchies(
          readFileSync('/proc/self/mountinfo', 'utf8'),
          readFileSync('/proc/self/cgroup', 'utf8'),
        );
  removeAbandonedGroups(hierarchies.flatMap(parentsToTry));
  const homes: ControllerHome[] = [];
  const homeless: Partial<Record<Controller, string>> = {};
  for (const controller of controllers) {
    const home = findControllerHome(controller, hierarchies, name);
    if (typeof home === 'string') homeless[controller] = home;
    else homes.push(home);
  }
  return { homes, homeless };
}
