import { isAbsolute, normalize } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { readBootId } from './boot-id.ts';
import type { Launch } from './durable/launch.ts';
import { resumeLaunch, type Attachment } from './durable/resume-launch.ts';
import { isBegun } from './durable/launch-folder.ts';
import { launchFolder, runOnce, type LaunchRoom } from './durable/run-once.ts';
import type { FindSecrets } from './durable/scrub-output.ts';
import { defaultLeaseMs } from './durable/supervisor-arguments.ts';
import { sweepLaunches } from './durable/sweep-launches.ts';
import { requireLayers, type Enforced, type SandboxLayer } from './enforced.ts';
import { layFoundation, type SandboxOptions } from './foundation.ts';
import { prepareCommand, type PreparedCommand } from './launch/prepare-command.ts';
import { layersFor, probeLayers } from './probe-layers.ts';
import { runCommand } from './process/run-command.ts';
import type { SandboxCommand, SandboxOutcome } from './sandbox-command.ts';
import type { StorageMarks } from './process/storage-watch.ts';

/** What a sandbox needs to know beyond what it is made from. */
export interface CreateSandboxOptions extends SandboxOptions {
  /** Layers that may be missing; default none. Namespaces and seccomp are never optional. */
  readonly optionalLayers?: readonly SandboxLayer[];
  /** Time a launch runs on without a sign of life from a worker. Milliseconds; default 30,000. */
  readonly leaseMs?: number;
  /** Finds secrets in the output of commands, which is overwritten on the disk then; default none. */
  readonly findSecrets?: FindSecrets;
  /** Tells one run of the host's kernel from the next; default the kernel's own word. */
  readonly readBootId?: () => string;
}

/** Runs commands closed in. */
export interface Sandbox {
  /** What this machine holds for a command without network. */
  readonly enforced: Enforced;
  /** Folders with toolchains beyond the system's own, and why some of PATH cannot be used. */
  readonly toolchains: { readonly trees: readonly string[]; readonly problem: string | undefined };
  /**
   * Runs one command to its end; whatever it started is gone when this resolves.
   * @throws {HoldfastError} sandbox_unavailable when a required layer is missing; invalid_argument.
   * @throws the signal's reason when `signal` was aborted, after the whole tree is gone.
   */
  readonly run: (command: SandboxCommand) => Promise<SandboxOutcome>;
  /**
   * Runs one command as `run`, under a supervisor that outlives this worker. Of all calls with the same name of a
   * launch, in whatever process, one starts it. Both streams come as one, in the order they were written.
   * @throws {CommandLost} when nobody can tell what became of it.
   * @throws the signal's reason, after the whole tree is gone, or at once when the launch is left running for it.
   */
  readonly runOnce: (command: SandboxCommand, launch: Launch) => Promise<SandboxOutcome>;
  /**
   * Attaches to what `runOnce` has started here, and goes on with it to its end under the limits it was started with.
   * An aborted signal ends what still runs.
   * @throws as `runOnce`; {CommandStopped} when another worker has ended it.
   */
  readonly resume: (attachment: Attachment, launch: Launch) => Promise<SandboxOutcome>;
  /** True when `runOnce` has begun a launch here, or `resume` has looked for it: nobody begins it any more. */
  readonly isBegun: (launch: Pick<Launch, 'name'>) => boolean;
  /**
   * Makes everything ready but starts nothing. The starter opens descriptor 3 for bubblewrap's status (JSON lines)
   * and 4 for `options`, starts with an empty environment, and calls `groups.remove` at the end.
   * @throws {HoldfastError} as `run`.
   */
  readonly prepare: (command: SandboxCommand) => PreparedCommand & { readonly enforced: Enforced };
  /** Gives back files, mounts and groups. No command may be running. */
  readonly close: () => void;
}

/** Makes a sandbox and finds out, by trying, what this machine can hold. Never fails for a missing layer: `run` does. */
export async function createSandbox(options: CreateSandboxOptions): Promise<Sandbox> {
  const foundation = await layFoundation(options);
  const enforced = await probeLayers(foundation);
  const marks: StorageMarks = new Map();
  let commands = 0;

  const prepare: Sandbox['prepare'] = (command) => {
    checkCommand(command, foundation.isRoot);
    const layers = layersFor(enforced, command);
    requireLayers(layers, options.optionalLayers ?? []);
    commands += 1;
    const prepared = prepareCommand(foundation, { command, name: `c${commands}` });
    return { ...prepared, enforced: layers };
  };
  const room: LaunchRoom = {
    foundation,
    prepare,
    marks,
    leaseMs: options.leaseMs ?? defaultLeaseMs,
    readBootId: options.readBootId ?? readBootId,
    enforced,
    findSecrets: options.findSecrets ?? (() => []),
  };
  const sweep = (): void => sweepLaunches(foundation.launches, room.readBootId(), Date.now());
  sweep();
  const sweeping = setInterval(sweep, sweepMs).unref();
  return {
    enforced,
    toolchains: {
      trees: foundation.profile.trees.map(({ target }) => target),
      problem: foundation.stagingProblem,
    },
    prepare,
    run: (command) => runCommand({ command, prepare, marks, foundation }),
    runOnce: (command, launch) => runOnce(room, command, launch),
    resume: (attachment, launch) => resumeLaunch(room, attachment, launch),
    isBegun: (launch) => isBegun(launchFolder(room, launch)),
    close: () => {
      clearInterval(sweeping);
      foundation.close();
    },
  };
}

/** Old launches are looked for this often. Milliseconds. */
const sweepMs = 60 * 60 * 1_000;

function checkCommand(command: SandboxCommand, isRoot: boolean): void {
  if (command.argv.length === 0 || command.argv[0] === '') refuse('a command needs a program');
  if (![command.workspace, command.home ?? '/'].every((folder) => isAbsolute(folder))) {
    refuse('the workspace and the home of a command are absolute paths');
  }
  // SAFETY: bubblewrap changes folder inside the sandbox, so this only keeps mistakes readable.
  if (normalize(`/w/${command.cwd ?? ''}`).split('/')[1] !== 'w') {
    refuse('the working folder of a command lies in its workspace');
  }
  // SAFETY: user 0 inside a user namespace is still user 0 for the host's files.
  if (isRoot && !(Number.isInteger(command.uid) && command.uid > 0)) {
    refuse('a command runs as a user id above 0');
  }
  const words = [...command.argv, ...Object.entries(command.environment ?? {}).flat()];
  if (words.some((word) => word.includes('\0'))) refuse('a command holds no NUL character');
}

function refuse(message: string): never {
  throw new HoldfastError('invalid_argument', message);
}
