import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';

import type {
  BreakLockInput,
  BreakLockResult,
  OpenLockResult,
} from '../../domain/locks/activities.ts';
import { freeLock, nextChange, type LockState } from '../../domain/locks/lock-state.ts';
import { conditionInTime } from '../run/condition-in-time.ts';

/** What the next execution goes on with. */
export interface LockCarry {
  readonly name: string;
  readonly leaseMs: number;
  readonly state: LockState;
  readonly graceUntilMs: number;
}

/** An order to break the lock that the loop has not carried out yet. */
export interface PendingBreak {
  readonly input: BreakLockInput;
  /** Set by the loop when it is done. */
  answer?: BreakLockResult | { readonly type: 'failed' };
}

/** Holders are looked at this often while somebody waits, in milliseconds. */
const lookMs = 5_000;
/** And this often at least and at most while nobody does. */
const quietLookMs = { least: 1_000, most: 60_000 } as const;
/** What comes so much later than it should shows that no worker was there. Milliseconds. */
const lateMs = 5_000;

/** The state of a lock that handlers and loop share. Handlers change it at once and return; the loop performs activities. */
export class LockDesk {
  name = '';
  state: LockState = freeLock;
  readonly breaks: PendingBreak[] = [];
  isOpen = false;
  #leaseMs = 0;
  /** No lease ends before: those who hold the lock had nobody to renew it with. */
  #graceUntilMs = 0;
  #nextLookMs = Number.POSITIVE_INFINITY;
  /** When the holders were told of last, so that their leases can be reckoned. */
  #seenMs = 0;

  constructor(carry: LockCarry | undefined) {
    if (carry === undefined) return;
    this.name = carry.name;
    this.state = carry.state;
    this.#leaseMs = carry.leaseMs;
    this.#graceUntilMs = carry.graceUntilMs;
    this.isOpen = true;
    this.#seenMs = Date.now();
    this.#planLook();
  }

  /** Takes over what is recorded. Whoever holds the lock already gets one more lease to say that it lives. */
  open({ lockName, leaseMs, holds }: Extract<OpenLockResult, { type: 'opened' }>): void {
    this.name = lockName;
    this.#leaseMs = leaseMs;
    this.#graceUntilMs = Date.now() + leaseMs;
    this.isOpen = true;
    this.changeTo({ ...this.state, holds });
  }

  carry(): LockCarry {
    const { name, state } = this;
    return { name, state, leaseMs: this.#leaseMs, graceUntilMs: this.#graceUntilMs };
  }

  /** Puts what was recorded or seen in place of the state. */
  changeTo(state: LockState): void {
    this.state = state;
    this.#seenMs = Date.now();
    this.#planLook();
    this.show();
  }

  /** Brings the live page of the Temporal UI up to date; leaves no trace in history. */
  show(): void {
    const { holds, queue } = this.state;
    const lines = [
      `**${this.name}**`,
      '',
      ...holds.map(({ runId, mode, fence }) => `- held by \`${runId}\` (${mode}, fence ${fence})`),
      ...queue.map(({ runId, mode }, index) => `- ${index + 1}. waits: \`${runId}\` (${mode})`),
    ];
    setCurrentDetails(lines.join('\n'));
  }

  get isLookDue(): boolean {
    return Date.now() >= this.#nextLookMs;
  }

  /** Whether a lease that is over ends its grant. */
  get mayExpire(): boolean {
    return Date.now() >= this.#graceUntilMs;
  }

  /** Waits until there is something to do. */
  async waitForNews(): Promise<void> {
    const hasNews = (): boolean =>
      this.breaks.length > 0 ||
      nextChange(this.state) !== undefined ||
      workflowInfo().continueAsNewSuggested;
    const waitMs = Math.max(1, Math.ceil(this.#nextLookMs - Date.now()));
    await this.inTime(waitMs, async () => conditionInTime(hasNews, waitMs, 'look at the holders'));
  }

  /** Does something that takes so long at most while workers are there; if it takes longer, holders get another lease. */
  async inTime<T>(expectedMs: number, work: () => Promise<T>): Promise<T> {
    const sinceMs = Date.now();
    try {
      return await work();
    } finally {
      if (Date.now() - sinceMs > expectedMs + lateMs) {
        this.#graceUntilMs = Date.now() + this.#leaseMs;
      }
    }
  }

  #planLook(): void {
    const { holds, queue } = this.state;
    const { least, most } = quietLookMs;
    const leftMs = Math.min(most, ...holds.map(({ leaseLeftMs }) => leaseLeftMs ?? most));
    // A lease that is over already may end as soon as the grace is.
    const endsMs = leftMs > 0 ? leftMs : this.#graceUntilMs - this.#seenMs;
    const inMs = queue.length > 0 ? Math.min(lookMs, endsMs) : endsMs;
    this.#nextLookMs = this.#seenMs + Math.max(least, inMs);
  }
}
