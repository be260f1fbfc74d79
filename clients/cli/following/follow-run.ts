import type { HoldfastClient } from '../../holdfast-client.ts';
import type { WatchedItem } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { type Interrupts, listenForInterrupts } from './interrupts.ts';
import { endsWait, isStillOpen, openedWait, type OpenedWait } from './wait-state.ts';

/** How following a run ended. */
export type Followed =
  | { readonly type: 'ended' }
  | { readonly type: 'waiting'; readonly wait: OpenedWait }
  /** The person left; the run goes on. */
  | { readonly type: 'left' }
  | { readonly type: 'cancelled' };

/** Takes what a followed run tells. */
export interface Follower {
  readonly take: (item: WatchedItem) => Promise<void>;
  /**
   * Shows what waits, and asks where somebody can answer. The signal says that it is over. Gives `left` when the person
   * left the question.
   */
  readonly waits: (wait: OpenedWait, signal: AbortSignal) => Promise<'done' | 'left'>;
  /** Says what the first Ctrl-C did, before a second one is waited for. */
  readonly left: () => void;
}

/** Which run is followed and how far. */
export interface FollowOptions {
  readonly runId: string;
  /** Number of the last event that is not wanted; 0 for all. */
  readonly after: number;
  /** `person`: ends where a person would have to be waited for. */
  readonly until: 'end' | 'person';
}

/** Follows a run until it ends, waits for a person, or the person leaves. */
export async function followRun(
  context: CommandContext,
  doors: { readonly client: HoldfastClient; readonly follower: Follower },
  options: FollowOptions,
): Promise<Followed> {
  const interrupts = listenForInterrupts(context);
  const following = new Following(doors, options, interrupts);
  try {
    const found = await following.run();
    if (found !== undefined) return { type: 'waiting', wait: found };
    if (!interrupts.signal.aborted) return { type: 'ended' };
    doors.follower.left();
    if (!(await interrupts.isPressedAgain())) return { type: 'left' };
    await doors.client.cancelRun(options.runId, 'cancelled by Ctrl-C');
    return { type: 'cancelled' };
  } finally {
    interrupts.stop();
  }
}

/**
 * One run that is followed. Items are handled one after the other, and a question to a person holds the next ones back;
 * they are still read, so that a decision of somebody else ends the question.
 */
class Following {
  readonly #client: HoldfastClient;
  readonly #follower: Follower;
  readonly #options: FollowOptions;
  readonly #interrupts: Interrupts;
  readonly #over = new AbortController();
  #question: { readonly wait: OpenedWait; readonly decided: AbortController } | undefined;
  #found: OpenedWait | undefined;

  constructor(
    { client, follower }: { readonly client: HoldfastClient; readonly follower: Follower },
    options: FollowOptions,
    interrupts: Interrupts,
  ) {
    this.#client = client;
    this.#follower = follower;
    this.#options = options;
    this.#interrupts = interrupts;
  }

  /** Gives what a person is waited for, when that ends the following. */
  async run(): Promise<OpenedWait | undefined> {
    const signal = AbortSignal.any([this.#interrupts.signal, this.#over.signal]);
    const { runId, after } = this.#options;
    let handled: Promise<void> = Promise.resolve();
    try {
      for await (const item of this.#client.watchRun(runId, { after, signal })) {
        if (this.#question !== undefined && endsWait(item, this.#question.wait)) {
          this.#question.decided.abort();
        }
        handled = handled.then(() => (signal.aborted ? undefined : this.#handle(item)));
        handled.catch(() => this.#over.abort());
        if (this.#options.until === 'person') await handled;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await handled;
    return this.#found;
  }

  async #handle(item: WatchedItem): Promise<void> {
    await this.#follower.take(item);
    const wait = openedWait(item);
    if (wait === undefined || !(await isStillOpen(this.#client, this.#options.runId, wait))) return;
    if (this.#options.until === 'person') {
      this.#found = wait;
      this.#over.abort();
      return;
    }
    const decided = new AbortController();
    this.#question = { wait, decided };
    const signal = AbortSignal.any([decided.signal, this.#interrupts.signal]);
    const answer = await this.#follower.waits(wait, signal);
    this.#question = undefined;
    if (answer === 'left' && !signal.aborted) this.#interrupts.press();
  }
}
