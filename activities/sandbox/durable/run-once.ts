import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import type { Enforced } from '../enforced.ts';
import type { Foundation } from '../foundation.ts';
import type { PreparedCommand } from '../launch/prepare-command.ts';
import type { StorageMarks } from '../process/storage-watch.ts';
import type { SandboxCommand, SandboxOutcome } from '../sandbox-command.ts';
import { endOfLaunch } from './end-of-launch.ts';
import { followLaunch, type Followed } from './follow-launch.ts';
import { CommandLost, type Launch } from './launch.ts';
import { lookAt } from './launch-folder.ts';
import { scrubOutput, type FindSecrets } from './scrub-output.ts';
import { startLaunch, supervisorExit } from './start-launch.ts';
import { supervisorArguments } from './supervisor-arguments.ts';

/** What launches are made from. */
export interface LaunchRoom {
  readonly foundation: Pick<Foundation, 'openLaunch' | 'leaks' | 'launches' | 'name'>;
  readonly prepare: (command: SandboxCommand) => PreparedCommand & { readonly enforced: Enforced };
  readonly marks: StorageMarks;
  readonly leaseMs: number;
  /** Boot id of this host now. */
  readonly readBootId: () => string;
  /** What holds for a command that is not prepared any more. */
  readonly enforced: Enforced;
  readonly findSecrets: FindSecrets;
}

/** Where a launch leaves what outlives its worker. */
export function launchFolder(
  { foundation: { launches } }: LaunchRoom,
  { name }: Pick<Launch, 'name'>,
): string {
  return join(launches, name);
}

/** Starts a command under a supervisor and follows it to its end. */
export async function runOnce(
  room: LaunchRoom,
  command: SandboxCommand,
  launch: Launch,
): Promise<SandboxOutcome> {
  command.signal?.throwIfAborted();
  const prepared = room.prepare(command);
  const { foundation, leaseMs, marks } = room;
  const folder = launchFolder(room, launch);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let followed: Followed | undefined;
  try {
    const streams = await foundation.openLaunch(command, prepared.options);
    const { folders: groups, counters } = prepared.groups;
    const plan = { limits: command.limits, groups, sandbox: foundation.name };
    const startedAt = performance.now();
    const { exited, leave } = startLaunch({
      supervisorArguments: supervisorArguments(folder, plan, { leaseMs, counters }),
      launchArguments: prepared.arguments,
      streams,
      leaks: foundation.leaks,
    });
    const wallLeftMs = command.limits.wallMs;
    const limits = { wallLeftMs, leaseMs, marks };
    followed = await followLaunch({ folder, launch, command, over: exited, ...limits });
    if (followed.type === 'left') {
      leave();
      throw command.signal?.reason;
    }
    const durationMs = performance.now() - startedAt;
    streams.output.giveBack();
    requireBegun(await exited);
    scrubOutput(folder, room.findSecrets);
    const state = lookAt(folder, room.readBootId());
    return {
      ...endOfLaunch({ folder, state, durationMs, command, output: followed.output }),
      enforced: prepared.enforced,
    };
  } finally {
    if (followed?.type !== 'left') await prepared.groups.remove();
  }
}

function requireBegun(exitCode: number | null): void {
  if (exitCode === supervisorExit.begunBefore) {
    throw new CommandLost('the command was begun before, and nobody saw how it ended');
  }
  if (exitCode === supervisorExit.notBegun) {
    throw new HoldfastError('sandbox_unavailable', 'the supervisor of a command could not begin', {
      suggestion: 'check that the disk of the data folder is not full',
    });
  }
}
