import { hostname } from 'node:os';

import type { InstanceRecord, PartRecord } from '../../domain/settings/instance-record-schema.ts';
import { removeInstance, writeInstance } from '../../storage/home/instance-record.ts';
import { identifyProcess } from '../../storage/home/process-identity.ts';
import { endChild } from './supervision/child-process.ts';
import type { InstanceOptions } from './instance-options.ts';
import { taskQueueOf } from './task-queue.ts';
import type { RunningServer } from './servers/start-servers.ts';
import type { SupervisedPart } from './supervision/supervise-part.ts';

/** Time each part has for its end; together below the 14 s in which an instance ends. */
const endLimitsMs = {
  worker: 10_800,
  temporal: 1_500,
  postgres: 1_500,
  // Nobody waits for it: all of its own time to drain, and one second.
  replacedWorker: 15_000,
} as const;

/** The parts of an instance as they come up, and their record. */
export class RunningParts {
  temporal: RunningServer | undefined;
  database: RunningServer | undefined;
  worker: SupervisedPart | undefined;
  readonly #options: InstanceOptions;
  readonly #startedAt = new Date().toISOString();
  #configuredAt = this.#startedAt;

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** The record of the parts that run. Complete when both servers do. */
  record(): InstanceRecord {
    const { config, pid } = this.#options;
    const { temporal, database, worker } = this;
    const external: PartRecord = { restarts: 0, startedAt: this.#startedAt, isOurs: false };
    return {
      schemaVersion: 1,
      version: config.version,
      startedAt: this.#startedAt,
      configuredAt: this.#configuredAt,
      supervisor: identifyProcess(pid),
      temporalAddress: temporal?.address ?? '',
      ...(temporal?.ui === undefined ? {} : { temporalUi: temporal.ui }),
      databaseUrl: database?.address ?? '',
      namespace: config.namespace,
      taskQueue: taskQueueOf(config, hostname()),
      parts: {
        temporal: temporal?.part?.record() ?? external,
        postgres: database?.part?.record() ?? external,
        ...(worker === undefined ? {} : { worker: worker.record() }),
      },
    };
  }

  /** Writes the record, as soon as there is something to find. */
  save(): void {
    if (this.temporal === undefined || this.database === undefined) return;
    writeInstance(this.#options.config.home, this.record());
  }

  /** Puts a new worker in the place of the one that runs, which drains; nothing happens where there is none. */
  async replaceWorker(): Promise<void> {
    await this.worker?.replace('SIGTERM', endLimitsMs.replacedWorker);
  }

  /** Remembers when the configuration in force was read. */
  configured(at: string): void {
    this.#configuredAt = at;
    this.save();
  }

  /** Tells the worker to read its secrets anew; one that is dead reads them when it starts. */
  reloadSecrets(): void {
    this.worker?.current().signal('SIGHUP');
  }

  /** Ends the parts in order: the worker drains while its servers are there. */
  async stop(): Promise<void> {
    const steps = [
      ['worker', this.worker, 'SIGTERM', endLimitsMs.worker],
      ['temporal', this.temporal?.part, 'SIGTERM', endLimitsMs.temporal],
      ['postgres', this.database?.part, 'SIGINT', endLimitsMs.postgres],
    ] as const;
    for (const [, part] of steps) part?.release();
    for (const [name, part, signal, limitMs] of steps) {
      if (part === undefined) continue;
      const exit = await endChild(part.current(), signal, limitMs);
      this.#options.log.write('part-ended', { part: name, ...exit });
    }
    removeInstance(this.#options.config.home);
  }

  /** Kills the parts at once. The database recovers from its log at the next start. */
  kill(): void {
    const steps = [
      [this.worker, 'SIGKILL'],
      [this.temporal?.part, 'SIGKILL'],
      [this.database?.part, 'SIGQUIT'],
    ] as const;
    for (const [part, signal] of steps) {
      part?.release();
      part?.current().signal(signal);
    }
    removeInstance(this.#options.config.home);
  }
}
