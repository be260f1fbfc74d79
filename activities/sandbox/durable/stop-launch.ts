import type { StopReason } from '../../../domain/effects/launch-records.ts';
import { descendantsOf, identityOf, sendSignal } from '../process/process-tree.ts';
import { initPidOf, supervisorOf, writeStopReason } from './launch-folder.ts';

/** A sandbox has its first process some milliseconds after its start; it is looked for this often. Milliseconds. */
const lookMs = 10;
/** A sandbox that has none after this time hangs, and is ended with its supervisor. Milliseconds. */
const patienceMs = 1_000;

/** Ends launches; its timers end with `release`. */
export interface LaunchStopper {
  /** TERM for every process inside, KILL for the whole tree after the grace. The reason is written down first. */
  readonly stop: (reason: StopReason, graceMs: number) => void;
  readonly release: () => void;
}

/** Makes what ends one launch. The supervisor lives on, to write down how it ended. */
export function createLaunchStopper(folder: string): LaunchStopper {
  const timers = new Set<NodeJS.Timeout>();
  const later = (afterMs: number, act: () => void): void => {
    timers.add(setTimeout(act, afterMs));
  };
  const end = (graceMs: number, triesLeft: number): void => {
    const init = livingInit(folder);
    if (init !== undefined) {
      for (const pid of descendantsOf(init)) sendSignal(pid, 'SIGTERM');
      later(graceMs, () => killInit(folder, init));
    } else if (triesLeft > 0) later(lookMs, () => end(graceMs, triesLeft - 1));
    else killAll(folder);
  };
  return {
    stop: (reason, graceMs) => {
      writeStopReason(folder, reason);
      end(graceMs, patienceMs / lookMs);
    },
    release: () => timers.forEach(clearTimeout),
  };
}

function killInit(folder: string, init: number): void {
  if (livingInit(folder) === init) sendSignal(init, 'SIGKILL');
}

/** The first process of the sandbox, if it runs below the very supervisor that was recorded. */
function livingInit(folder: string): number | undefined {
  const init = initPidOf(folder);
  const supervisor = livingSupervisor(folder);
  if (init === undefined || supervisor === undefined) return undefined;
  return descendantsOf(supervisor).includes(init) ? init : undefined;
}

function livingSupervisor(folder: string): number | undefined {
  const recorded = supervisorOf(folder);
  if (recorded === undefined) return undefined;
  return identityOf(recorded.pid)?.startTicks === recorded.startTicks ? recorded.pid : undefined;
}

function killAll(folder: string): void {
  const supervisor = livingSupervisor(folder);
  // It leads a process group, and the sandbox dies with it.
  if (supervisor !== undefined) sendSignal(-supervisor, 'SIGKILL');
}
