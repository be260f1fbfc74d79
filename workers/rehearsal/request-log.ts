import type { IncomingHttpHeaders } from 'node:http';

import type { Answer } from './answer.ts';

/** A request that the server received. Held in memory only. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; undefined when there was none or it was no JSON. */
  readonly body: unknown;
  /** What the server decided: reply, fault, refused, or another route. */
  readonly answered: Answer['type'] | 'proxied' | 'listed' | 'embedded';
}

/** Remembers what was received, so that tests can look at it and wait for it. */
export class RequestLog {
  /** Oldest first. */
  readonly requests: ReceivedRequest[] = [];
  readonly #keep: number;
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(request: ReceivedRequest): void {
    this.#count += 1;
    this.requests.push(request);
    if (this.requests.length > this.#keep) this.requests.shift();
    const due = this.#waiting.filter(({ count }) => count <= this.#count);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
    for (const { resolve } of due) resolve();
  }

  /** Settles when at least `count` requests came since the start or the last `clear`. */
  async received(count: number): Promise<void> {
    if (this.#count >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  clear(): void {
    this.requests.length = 0;
    this.#count = 0;
  }
}
