import { outcomeOf } from '../../../domain/audit/outcome-document.ts';
import {
  eventsUpTo,
  gitReader,
  moveReader,
  readerSeq,
  waitingOutcomes,
} from '../../../storage/audit/outcome-queue.ts';
import { isStorageUnavailable } from '../../../storage/postgres/database.ts';
import type { UpkeepDependencies } from '../upkeep-dependencies.ts';
import { commitOutcome, type AuditRepository } from './audit-repository.ts';

/** Commits what waits to the repository, in the order of the chain. */
export class OutcomeCommitter {
  readonly #dependencies: UpkeepDependencies;
  readonly #repository: AuditRepository;
  readonly #random: () => number;
  #faults = 0;
  #againMs = 0;
  #told = '';

  constructor(
    dependencies: UpkeepDependencies,
    repository: AuditRepository,
    random: () => number = Math.random,
  ) {
    this.#dependencies = dependencies;
    this.#repository = repository;
    this.#random = random;
  }

  /**
   * Commits outcomes until none waits. What git refuses, or only a newer program can read, stays first in the queue, is
   * told to the operator, and is tried again later: no run waits for it. Returns how many outcomes it got behind itself.
   */
  async commitWaiting(tenant: string): Promise<number> {
    const { db, now, redact } = this.#dependencies;
    if (now() < this.#againMs) return 0;
    const reader = gitReader(this.#repository.folder);
    let count = 0;
    let seq = await readerSeq(db, tenant, reader);
    for (;;) {
      const waiting = await waitingOutcomes(db, tenant, seq);
      for (const each of waiting) {
        try {
          const outcome = outcomeOf(each.runId, await eventsUpTo(db, each), redact);
          if (outcome !== undefined) await commitOutcome(this.#repository, outcome);
        } catch (error) {
          if (isStorageUnavailable(error)) throw error;
          this.#wait(error);
          return count;
        }
        ({ seq } = each);
        await moveReader(db, { tenant, reader, seq });
        this.#mended();
        count += 1;
      }
      if (waiting.length === 0) return count;
    }
  }

  #wait(error: unknown): void {
    const { now, warn } = this.#dependencies;
    const message = error instanceof Error ? error.message : String(error);
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#faults);
    this.#faults += 1;
    this.#againMs = now() + delayMs * (0.8 + 0.4 * this.#random());
    if (message === this.#told) return;
    this.#told = message;
    warn('outcomes wait: they cannot be committed to the audit repository', {
      repository: this.#repository.folder,
      reason: message.slice(0, 500),
    });
  }

  #mended(): void {
    this.#faults = 0;
    this.#told = '';
  }
}

/** Waits between tries: 2 s, then twice as long each time up to 60 s, a fifth more or less. */
const firstDelayMs = 2_000;
const longestDelayMs = 60_000;
