import { setTimeout as wait } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { PartRecord } from '../../../domain/settings/instance-record-schema.ts';
import { describeExit, endChild, type RunningChild } from './child-process.ts';
import type { InstanceLog } from '../instance-log.ts';
import { decideRestart } from './restart-policy.ts';

/** One part of the instance and how it is started. */
export interface PartDefinition {
  readonly name: string;
  /** Starts the process and gives it when it serves; throws when it does not come up. */
  readonly start: () => Promise<RunningChild>;
  /** Called once for each death, when the process is reaped, before the next start. */
  readonly onDeath?: (dead: RunningChild) => void;
  /** Called when a restarted process serves. */
  readonly onRestarted: () => void;
  /** Called when it died instantly too often; the part stays down. */
  readonly onGiveUp: (error: HoldfastError) => void;
}

/** A supervised part. */
export interface SupervisedPart {
  readonly record: () => PartRecord;
  readonly current: () => RunningChild;
  /**
   * Starts another process, and when it serves puts it in the place of the one that runs, which is asked to end and is
   * killed when it does not within the limit (milliseconds). Throws, and nothing has changed, when it does not come up.
   */
  readonly replace: (signal: NodeJS.Signals, limitMs: number) => Promise<void>;
  /** Stops the supervision, so that the process can be ended for good. */
  readonly release: () => void;
}

/** Starts a part and restarts it whenever it dies, until released. */
export async function supervisePart(
  definition: PartDefinition,
  log: InstanceLog,
): Promise<SupervisedPart> {
  const { name } = definition;
  let child = await definition.start();
  let restarts = 0;
  let isReleased = false;
  log.write('part-started', { part: name, pid: child.process.pid });

  let swap = newSwap();

  const watch = async (): Promise<void> => {
    let instantDeaths = 0;
    let since = performance.now();
    for (;;) {
      const exit = await Promise.race([child.exited, swap.done]);
      if (isReleased) return;
      if (exit === 'swapped') {
        since = performance.now();
        swap = newSwap();
        continue;
      }
      const decision = decideRestart(performance.now() - since, instantDeaths);
      ({ instantDeaths } = decision);
      log.write('part-died', {
        part: name,
        pid: child.process.pid,
        end: describeExit(exit),
        instantDeaths,
      });
      definition.onDeath?.(child);
      if (decision.type === 'give-up') {
        definition.onGiveUp(gaveUp(name, instantDeaths, log));
        return;
      }
      await wait(decision.delayMs);
      if (isReleased) return;
      since = performance.now();
      restarts += 1;
      child = await startAgain(definition, child, log);
      // Ended meanwhile: nobody waits for this one any more.
      if (isReleased) child.signal('SIGKILL');
      else if (child.exit() === undefined) {
        log.write('part-restarted', { part: name, pid: child.process.pid, restarts });
        definition.onRestarted();
      }
    }
  };
  void watch();
  const replace = async (signal: NodeJS.Signals, limitMs: number): Promise<void> => {
    const next = await definition.start();
    const old = child;
    if (isReleased || old.exit() !== undefined) {
      // It ended by itself meanwhile: what takes its place reads what is new as well.
      next.signal('SIGKILL');
      return;
    }
    child = next;
    swap.tell();
    log.write('part-replaced', { part: name, pid: next.process.pid, old: old.process.pid });
    definition.onRestarted();
    void endChild(old, signal, limitMs).then(() => definition.onDeath?.(old));
  };
  return {
    replace,
    record: () => ({ process: child.process, restarts, startedAt: child.startedAt, isOurs: true }),
    current: () => child,
    release: () => {
      isReleased = true;
    },
  };
}

/** Tells the watch that it has another process to watch. */
function newSwap(): { readonly done: Promise<'swapped'>; readonly tell: () => void } {
  const controller = new AbortController();
  const done = new Promise<'swapped'>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve('swapped'));
  });
  return { done, tell: () => controller.abort() };
}

/** A start that fails counts as another instant death: the dead process is given back. */
async function startAgain(
  definition: PartDefinition,
  dead: RunningChild,
  log: InstanceLog,
): Promise<RunningChild> {
  try {
    return await definition.start();
  } catch (error) {
    log.write('part-start-failed', {
      part: definition.name,
      reason: error instanceof Error ? error.message : String(error),
    });
    return dead;
  }
}

function gaveUp(name: string, deaths: number, log: InstanceLog): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `the ${name} died ${deaths} times in a row right after its start`,
    {
      suggestion: `see the end of ${name}.log in the logs of the data folder, then start again with: holdfast up`,
      details: { log: log.tail(name, 10) },
    },
  );
}
