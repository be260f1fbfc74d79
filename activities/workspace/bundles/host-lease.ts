import { renewHost } from '../../../storage/workspaces/hosts.ts';
import type { Executor } from '../../../storage/postgres/database.ts';

/** How often a host says that it is alive. Milliseconds. */
const beatMs = 10_000;
/** After this long without a beat the host has to say so before it uses a workspace: half of what others wait. */
const validMs = 30_000;

/** Says that this host is alive, and knows whether it may trust what it holds. */
export class HostLease {
  readonly #db: Executor;
  readonly #host: string;
  readonly #timer: NodeJS.Timeout;
  #renewed: { readonly clock: number; readonly steady: number } | undefined;

  constructor(db: Executor, host: string) {
    this.#db = db;
    this.#host = host;
    const beat = (): void => void this.renew().catch(() => undefined);
    this.#timer = setInterval(beat, beatMs).unref();
    beat();
  }

  /** True when no other host can have taken anything over. Both clocks count: one stands while the machine sleeps. */
  get isValid(): boolean {
    const { clock = -validMs, steady = -validMs } = this.#renewed ?? {};
    return Date.now() - clock < validMs && performance.now() - steady < validMs;
  }

  async renew(): Promise<void> {
    const renewed = { clock: Date.now(), steady: performance.now() };
    await renewHost(this.#db, this.#host);
    this.#renewed = renewed;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
