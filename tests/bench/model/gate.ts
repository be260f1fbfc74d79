/** What the benchmark tells the model server. */
export type GateCommand =
  /** Hold the first request of each of `runs` runs, and the request after `steps` steps. */
  | { readonly type: 'arm'; readonly runs: number; readonly steps: number }
  /** Let the held first requests go. */
  | { readonly type: 'release' }
  /** Answer whatever is still held: with one more step, or with a call that a person has to approve. */
  | { readonly type: 'finish'; readonly by: LastAnswer }
  /** Tell of the next request. */
  | { readonly type: 'tell-next' }
  /** Give the newest request as it came. */
  | { readonly type: 'show-request' };

/** What the last requests of a round are answered with. */
export type LastAnswer = 'step' | 'question';

/** What the model server tells the benchmark. */
export type GateEvent =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'armed' }
  /** Every run waits for the answer to its first request. */
  | { readonly type: 'all-ready' }
  /** Every run has done its steps and waits for one more answer. */
  | { readonly type: 'all-done' }
  | { readonly type: 'telling' }
  | { readonly type: 'next' }
  | { readonly type: 'request'; readonly body: string };

/** Marks the first message of a run whose steps are counted. */
export const stepsMark = '[bench:steps]';
/** Marks the first message of a run that waits for an approval. */
export const waitsMark = '[bench:waits]';

/**
 * Holds requests so that only steps are measured: all runs begin together when the last of them asks its model for the
 * first time, and are done when the last of them has asked once more after its steps.
 */
export class Gate {
  readonly #tell: (event: GateEvent) => void;
  #runs = 0;
  #steps = Number.POSITIVE_INFINITY;
  #isOpen = true;
  #held: (() => void)[] = [];
  #done = 0;
  #last: LastAnswer = 'step';

  constructor(tell: (event: GateEvent) => void) {
    this.#tell = tell;
  }

  arm(runs: number, steps: number): void {
    this.finish('step');
    this.#runs = runs;
    this.#steps = steps;
    this.#isOpen = false;
    this.#done = 0;
    this.#tell({ type: 'armed' });
  }

  release(): void {
    this.#isOpen = true;
    this.#letGo();
  }

  finish(by: LastAnswer): void {
    this.#last = by;
    this.#steps = Number.POSITIVE_INFINITY;
    this.release();
  }

  /** Settles when a request at this position may be answered, with what to answer. */
  async pass(position: number): Promise<LastAnswer> {
    if (position === 0 && !this.#isOpen) {
      const held = this.#hold();
      if (this.#held.length === this.#runs) this.#tell({ type: 'all-ready' });
      await held;
      return 'step';
    }
    if (position < this.#steps) return 'step';
    const held = this.#hold();
    this.#done += 1;
    if (this.#done === this.#runs) this.#tell({ type: 'all-done' });
    await held;
    return this.#last;
  }

  async #hold(): Promise<void> {
    return new Promise((resolve) => this.#held.push(resolve));
  }

  #letGo(): void {
    for (const go of this.#held.splice(0)) go();
  }
}
