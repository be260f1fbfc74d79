import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';

import type { HostMetrics } from '../../domain/hosts/host-metrics-schema.ts';
import { nextReportMs } from '../../domain/hosts/report-timing.ts';
import { saveReport } from '../../storage/hosts/hosts.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { machineFiles } from './machine-files.ts';
import { createQueryProgram } from './query-program.ts';
import { readGpu } from './read-gpu.ts';
import { readMachine } from './read-machine.ts';

/** Longest wait for the program that knows the graphics processor, in milliseconds: a report leaves a second later at most. */
const gpuTimeoutMs = 5_000;

/** What reporting needs. */
export interface ReporterOptions {
  readonly db: Database;
  readonly hostId: string;
  /** Name that the workspaces of runs carry. */
  readonly name: string;
  /** Least free capacity at which new work begins here. */
  readonly threshold: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts when the process is told to end: it reports no more. */
  readonly closing: AbortSignal;
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
}

/** Reports that go on. */
export interface HostReporter {
  /** Settles when the first report was tried, whatever came of it. */
  readonly first: Promise<void>;
  readonly stop: () => void;
}

/**
 * Reports what this host has left, at once and again and again beside the work of runs, until it is stopped. A report that
 * fails is tried again, each time later; nothing waits for it.
 */
export function startHostReporter(options: ReporterOptions): HostReporter {
  const { db, hostId, name, threshold, closing, warn } = options;
  const measure = createMeasure(options.environment);
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = closing.aborted;
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timer);
  };
  closing.addEventListener('abort', stop, { once: true });
  const report = async (): Promise<void> => {
    const beganMs = Date.now();
    try {
      await saveReport(db, { hostId, name, threshold, metrics: await measure() });
      failures = 0;
    } catch (error) {
      failures += 1;
      // Said once, not at every try.
      if (failures === 1)
        warn('this host cannot report what it has left', { reason: String(error) });
    }
    if (isStopped) return;
    const spentMs = Date.now() - beganMs;
    timer = setTimeout(() => void report(), Math.max(0, nextReportMs(failures) - spentMs));
    timer.unref();
  };
  return { first: isStopped ? Promise.resolve() : report(), stop };
}

/** The ten metrics of this machine, measured when it is called. */
function createMeasure(environment: ReporterOptions['environment']): () => Promise<HostMetrics> {
  const files = machineFiles('/');
  const ask = createQueryProgram(environment, gpuTimeoutMs);
  return async () => {
    const [machine, gpu] = await Promise.all([
      readMachine({
        files,
        processors: cpus().length,
        usable: availableParallelism(),
        loads: loadavg(),
        totalBytes: totalmem(),
        freeBytes: freemem(),
      }),
      readGpu(files, ask),
    ]);
    return { ...machine, ...gpu };
  };
}
