import { isAbsolute, normalize } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
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
  return {
    enforced,
    toolchains: {
      trees: foundation.profile.trees.map(({ target }) => target),
      problem: foundation.stagingProblem,
    },
    prepare,
    run: (command) => runCommand({ command, prepare, marks, foundation }),
    close: foundation.close,
  };
}

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
