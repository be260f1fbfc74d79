import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { LaunchState } from '../../../domain/effects/launch-state.ts';
import { removeGroup } from '../control-groups/remove-group.ts';
import type { CapturedOutput } from '../process/captured-output.ts';
import { identityOf } from '../process/process-tree.ts';
import type { SandboxCommand, SandboxOutcome } from '../sandbox-command.ts';
import { endOfLaunch } from './end-of-launch.ts';
import { collectOutput, followLaunch, type FollowedLaunch } from './follow-launch.ts';
import { CommandLost, type Launch } from './launch.ts';
import { lookAt, supervisorOf } from './launch-folder.ts';
import { parsePlan } from './launch-plan.ts';
import { scrubOutput } from './scrub-output.ts';
import { launchFolder, type LaunchRoom } from './run-once.ts';

/** What an attached command is watched with. */
export type Attachment = Pick<SandboxCommand, 'workspace' | 'home' | 'signal' | 'onOutput'>;

/** Attaches to a command that a worker started, this one or another, and follows it to its end. */
export async function resumeLaunch(
  room: LaunchRoom,
  attachment: Attachment,
  launch: Launch,
): Promise<SandboxOutcome> {
  const folder = launchFolder(room, launch);
  closeGate(folder);
  const state = await whenWritten(folder, room);
  if (state.type === 'lost') throw new CommandLost(state.why);
  const plan = parsePlan(state.started.plan);
  if (plan === undefined) throw new CommandLost('what is recorded of the command cannot be read');
  const command = { ...attachment, limits: plan.limits };
  const launched = { folder, launch, command };
  let output: CapturedOutput | 'left' | undefined;
  try {
    // What has ended already cannot be ended any more, whatever its signal says.
    output = state.type === 'ended' ? collectOutput(launched) : await attach(room, launched, state);
    if (output === 'left') throw command.signal?.reason;
    scrubOutput(folder, room.findSecrets);
    const end = { folder, state: lookAt(folder, room.readBootId()), command, output };
    return { ...endOfLaunch(end), enforced: room.enforced };
  } finally {
    if (output !== 'left') await Promise.all(plan.groups.map(removeGroup));
  }
}

async function attach(
  { leaseMs, marks }: LaunchRoom,
  launched: Pick<FollowedLaunch, 'folder' | 'launch' | 'command'>,
  { started }: Extract<LaunchState, { type: 'running' }>,
): Promise<CapturedOutput | 'left'> {
  const ranMs = (uptimeSeconds() - started.beganAtSeconds) * 1_000;
  const wallLeftMs = Math.max(0, launched.command.limits.wallMs - ranMs);
  const { gone, release } = untilGone(launched.folder);
  try {
    const limits = { wallLeftMs, leaseMs, marks };
    const followed = await followLaunch({ ...launched, over: gone, ...limits });
    return followed.type === 'left' ? 'left' : followed.output;
  } finally {
    release();
  }
}

/** Nobody may begin any more what somebody asks about: a supervisor that comes late finds the gate closed. */
function closeGate(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'gate'), '', { flag: 'wx', mode: 0o600 });
  } catch {
    // It is closed already.
  }
}

/** A supervisor writes its record some milliseconds after it closed the gate. */
const recordTries = 20;
const recordPauseMs = 50;

async function whenWritten(
  folder: string,
  { readBootId }: Pick<LaunchRoom, 'readBootId'>,
): Promise<LaunchState> {
  for (let tries = 0; tries < recordTries && supervisorOf(folder) === undefined; tries += 1) {
    await delay(recordPauseMs);
  }
  return lookAt(folder, readBootId());
}

/** How often a supervisor that is no child of ours is looked for. Milliseconds. */
const goneMs = 50;

function untilGone(folder: string): { readonly gone: Promise<void>; readonly release: () => void } {
  const supervisor = supervisorOf(folder);
  let timer: NodeJS.Timeout | undefined;
  const isGone = (): boolean =>
    supervisor === undefined || identityOf(supervisor.pid)?.startTicks !== supervisor.startTicks;
  const gone = new Promise<void>((resolve) => {
    if (isGone()) resolve();
    else timer = setInterval(() => (isGone() ? resolve() : undefined), goneMs);
  });
  return { gone, release: () => clearInterval(timer) };
}

function uptimeSeconds(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}
