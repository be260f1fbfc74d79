import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import { bubblewrapOptions } from './bubblewrap-arguments.ts';
import { createCommandGroups, type CommandGroups } from '../control-groups/control-groups.ts';
import type { Foundation } from '../foundation.ts';
import { launchArguments, launcherShell } from './launch-arguments.ts';
import type { SandboxCommand } from '../sandbox-command.ts';

/** A command ready to be started by somebody else, such as the process supervisor. */
export interface PreparedCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  /** To be read by descriptor 4: bubblewrap's options, NUL-separated. Holds the environment: keep it secret. */
  readonly options: readonly string[];
  readonly groups: CommandGroups;
}

/** Writes the command lines for one command and makes its control groups. */
export function prepareCommand(
  foundation: Foundation,
  { command, name }: { readonly command: SandboxCommand; readonly name: string },
): PreparedCommand {
  const { launcher } = foundation;
  if (typeof launcher === 'string') throw new HoldfastError('sandbox_unavailable', launcher);
  const groups = createCommandGroups(foundation.homes, name, command.limits);
  const hasPidsGroup = foundation.homes.some(({ controller }) => controller === 'pids');
  const { toolchains, profile, mountNamespace } = foundation;
  const ownChoice = existsSync(join(command.workspace, '.python-version'));
  const path = ownChoice ? toolchains.pathWithShims : toolchains.path;
  return {
    file: launcherShell,
    arguments: launchArguments({
      programs: launcher.programs,
      filter: launcher.filter,
      entrances: groups.entrances,
      ...(foundation.isRoot
        ? {
            identity: {
              uid: command.uid,
              ...(mountNamespace === undefined ? {} : { mountNamespace }),
            },
          }
        : {}),
      limits: command.limits,
      processLimit: hasPidsGroup ? 'cgroup' : 'rlimit',
      argv: command.argv,
    }),
    options: bubblewrapOptions(
      { ...profile, environment: { PATH: path.join(':'), ...profile.environment } },
      command,
    ),
    groups,
  };
}
