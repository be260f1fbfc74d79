import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  parseExitRecord,
  parseStartedRecord,
  parseStopReason,
  type StopReason,
} from '../../../domain/effects/launch-records.ts';
import { launchState, type LaunchState } from '../../../domain/effects/launch-state.ts';
import { parseStartTicks } from '../../../domain/settings/process-stat.ts';
import { identityOf, type ProcessIdentity } from '../process/process-tree.ts';

/** Looks what became of a launch. `boot` is the boot id of this host now. */
export function lookAt(folder: string, boot: string): LaunchState {
  // Whether it lives comes first: one that ends meanwhile has written its record before it is gone.
  const supervisor = supervisorOf(folder);
  const isSupervisorAlive =
    supervisor !== undefined && identityOf(supervisor.pid)?.startTicks === supervisor.startTicks;
  return launchState({
    started: parseStartedRecord(textOf(folder, 'started')),
    exit: parseExitRecord(textOf(folder, 'exit')),
    stop: stopReasonOf(folder),
    isSupervisorAlive,
    boot,
  });
}

/** True when a supervisor has begun a launch, or nobody may begin it any more. */
export function isBegun(folder: string): boolean {
  return existsSync(join(folder, 'gate'));
}

/** The supervisor of a launch, as it was recorded; it may be gone. */
export function supervisorOf(folder: string): ProcessIdentity | undefined {
  const stat = parseStartedRecord(textOf(folder, 'started'))?.stat;
  const startTicks = parseStartTicks(stat ?? '');
  if (stat === undefined || startTicks === undefined) return undefined;
  return { pid: Number.parseInt(stat, 10), startTicks };
}

/** Shows the supervisor that a worker is there. */
export function renewLaunchLease(folder: string): void {
  const now = new Date();
  try {
    utimesSync(join(folder, 'lease'), now, now);
  } catch {
    // A wiped folder: the supervisor sees it too, and ends the command.
  }
}

/** Writes down why the command is ended, for whoever reads its end. The first reason stays. */
export function writeStopReason(folder: string, reason: StopReason): void {
  try {
    writeFileSync(join(folder, 'stop'), `${reason}\n`, { flag: 'wx', mode: 0o600 });
  } catch {
    // Somebody was first, or the folder is gone.
  }
}

/** Why the command was ended; undefined when nobody did. */
export function stopReasonOf(folder: string): StopReason | undefined {
  return parseStopReason(textOf(folder, 'stop'));
}

/** Pid on this host of the sandbox's init; undefined before it is there. */
export function initPidOf(folder: string): number | undefined {
  return numberAfter('child-pid', textOf(folder, 'status'));
}

/** True when the command itself was started, so that the exit code is its own. */
export function hasCommandStarted(folder: string): boolean {
  return numberAfter('exit-code', textOf(folder, 'status')) !== undefined;
}

/** Bytes that the command printed, also those that were not kept. */
export function printedBytesOf(folder: string): number {
  return Number(textOf(folder, 'printed').trim());
}

/** When a file of the launch was last written, in milliseconds since 1970; undefined when it is not there. */
export function writtenAt(folder: string, file: 'exit' | 'started' | '.'): number | undefined {
  return statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs;
}

/** The recorded plan line; empty when there is none. */
export function planLineOf(folder: string): string {
  return parseStartedRecord(textOf(folder, 'started'))?.plan ?? '';
}

function numberAfter(key: string, status: string): number | undefined {
  const found = new RegExp(`"${key}": (\\d+)`).exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}

function textOf(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return '';
  }
}
