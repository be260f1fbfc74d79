import type { TaskResult } from '../../../../domain/playbooks/apply/task-results.ts';

/** How long results wait for others, in milliseconds: who watches sees them within half a second. */
const gatherMs = 300;

/** Writes down what became of tasks while a playbook runs; of a task the newest state. */
export class ChangeWriter {
  readonly #put: (changes: readonly TaskResult[]) => Promise<void>;
  #waiting = new Map<number, TaskResult>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(put: (changes: readonly TaskResult[]) => Promise<void>) {
    this.#put = put;
  }

  add(change: TaskResult): void {
    this.#waiting.set(change.position, change);
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
  }

  /** Writes what is left. @throws when it cannot be written. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#put([...this.#waiting.values()]);
    this.#waiting.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const changes = this.#waiting;
    this.#waiting = new Map();
    this.#writing = this.#writeBehind(this.#writing, changes);
  }
  async #writeBehind(
    before: Promise<void>,
    changes: ReadonlyMap<number, TaskResult>,
  ): Promise<void> {
    await before;
    try {
      await this.#put([...changes.values()]);
    } catch {
      // They wait for the next ones, and for the end at the latest; what came meanwhile is newer.
      this.#waiting = new Map([...changes, ...this.#waiting]);
    }
  }
}
