import { condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';

import { afterSent, sending, withNote, type Sent } from '../../domain/agent/reducer.ts';
import type { AgentState } from '../../domain/agent/agent-state.ts';
import type { SettleEffectInput } from '../../domain/messages/run-messages.ts';
import type { Approval, DecidedApproval } from '../../domain/approval/approval.ts';
import type { EventType } from '../../domain/events/event-types.ts';
import type { PauseReason } from '../../domain/failures.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CallLocks } from '../../domain/locks/call-locks.ts';
import type { AnnounceApprovalInput } from '../../domain/run/activities.ts';
import type { Hold, RunCarry, RunPins } from '../../domain/run/run-input.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import { run } from './activities.ts';
import { conditionInTime } from './condition-in-time.ts';
import { detailsOf } from './details.ts';
import { showStatus } from './search-attributes.ts';

/** A settlement that the loop has not recorded yet. */
export interface PendingSettlement {
  readonly input: SettleEffectInput;
  readonly decisionId: string;
  /** Set by the loop when it is done. */
  answer?: { readonly state: string } | { readonly refused: string };
}

/** Most decided approvals that are remembered, to answer a repeat. */
const maxDecided = 200;
/** Most refused messages that wait to be written down: a flood of them must not fill the run's state. */
const maxRefused = 24;

/**
 * The state of a running run that handlers and loop share. Handlers change it at once and return; the loop alone
 * performs activities. State is replaced, never changed in place, so an await in the loop must read it again.
 */
export class RunDesk {
  agent: AgentState;
  deadlineMs: number;
  readonly pins: RunPins;
  readonly settlements: PendingSettlement[] = [];
  decided: readonly DecidedApproval[];
  /** Approval whose arguments are being prepared anew: nobody else may decide it meanwhile. */
  changing: string | undefined;
  /** A run that is being closed waits out its last questions; it does not continue as new any more. */
  isClosing = false;
  /** True when this execution is about to continue as new: the loop takes nothing up any more. */
  isMovingOn = false;
  status: RunStatus = 'running';
  pause: PauseReason | null = null;
  /** Who asked for a pause; undefined when nobody did. */
  pausedBy: string | undefined;
  /** What somebody has to mend before the run goes on. */
  held: Hold | undefined;
  /** Locks that the run holds or waits for. */
  locks: CallLocks | undefined;
  /** Why the newest message that did not count was refused. */
  lastRefusal: string | undefined;
  #waitingSinceMs: number | undefined;
  #announced: string | undefined;
  #mustAnnounce = false;
  #shown = '';

  constructor(carry: RunCarry) {
    this.agent = carry.agent;
    this.pins = carry.pins;
    this.deadlineMs = carry.deadlineMs;
    this.decided = carry.decided;
    this.pausedBy = carry.pausedBy;
    this.held = carry.held;
    this.locks = carry.locks;
    this.#waitingSinceMs = carry.waitingSinceMs;
    this.#announced = carry.announced;
    this.#mustAnnounce = carry.mustAnnounce === true;
  }

  /** What the next execution goes on with. */
  carry(): RunCarry {
    return {
      pins: this.pins,
      agent: this.agent,
      deadlineMs: this.deadlineMs,
      decided: this.decided,
      ...(this.#waitingSinceMs === undefined ? {} : { waitingSinceMs: this.#waitingSinceMs }),
      ...(this.pausedBy === undefined ? {} : { pausedBy: this.pausedBy }),
      ...(this.held === undefined ? {} : { held: this.held }),
      ...(this.locks === undefined ? {} : { locks: this.locks }),
      ...(this.#announced === undefined ? {} : { announced: this.#announced }),
      ...(this.#mustAnnounce ? { mustAnnounce: true } : {}),
    };
  }

  /** True while the run waits for somebody to resume it. */
  get isHeld(): boolean {
    return this.pausedBy !== undefined || this.held !== undefined;
  }

  /** True from the moment a wait was announced until {@link goOn}. */
  get isWaiting(): boolean {
    return this.#waitingSinceMs !== undefined || this.#announced !== undefined;
  }

  /** Working time that is left, in milliseconds. */
  remainingMs(): number {
    return this.deadlineMs - Date.now();
  }

  note(type: EventType, data: JsonObject): void {
    this.agent = withNote(this.agent, type, { atMs: Date.now(), data });
  }

  /** Notes a message that does not count. Of a flood only the first are kept until they are written down. */
  refuse(data: JsonObject & { readonly reason: string }): void {
    this.lastRefusal = data.reason;
    const waiting = this.agent.notes.filter(({ type }) => type === 'message.refused').length;
    if (waiting < maxRefused) this.note('message.refused', data);
    this.refresh();
  }

  remember(decided: DecidedApproval): void {
    this.decided = [...this.decided, decided].slice(-maxDecided);
  }

  /** Drops what an activity has written, whatever came meanwhile. */
  delivered(sent: Sent): void {
    this.agent = afterSent(this.agent, sent);
  }

  /** Shows a status in the Temporal UI; search attributes change only when the status does. */
  show(status: RunStatus, pause: PauseReason | null): void {
    this.status = status;
    this.pause = pause;
    const shown = `${status} ${pause ?? ''}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      const waitingFor = status === 'awaiting_approval' ? 'approval' : pause;
      showStatus({ status, waitingFor, microUsd: this.agent.spent.microUsd });
    }
    this.refresh();
  }

  /** Brings the live page of the Temporal UI up to date; leaves no trace in history. */
  refresh(): void {
    setCurrentDetails(detailsOf(this));
  }

  /**
   * Waits while the clock of the run stands. Ends early when there is something to write down or to settle, and for
   * continue-as-new. Comes to false when `timeoutMs` passed first.
   */
  wait(
    isOver: () => boolean,
    { summary, timeoutMs }: { readonly summary: string; readonly timeoutMs?: number },
  ): Promise<boolean | void> {
    this.#waitingSinceMs ??= Date.now();
    const over = (): boolean =>
      isOver() ||
      this.settlements.length > 0 ||
      this.#hasNews() ||
      (!this.isClosing && workflowInfo().continueAsNewSuggested);
    if (timeoutMs === undefined) return condition(over);
    return conditionInTime(over, Math.max(1, timeoutMs), summary);
  }

  /** Tells people once more what the run waits for. */
  announceAnew(): void {
    this.#mustAnnounce = this.isWaiting;
  }

  /** Waits until somebody resumes the run. */
  async hold(): Promise<undefined> {
    const message = `paused by ${this.pausedBy ?? 'nobody'}`;
    const why = this.held ?? { reason: 'person' as const, message };
    const wait = `pause/${why.reason}`;
    this.show('paused', why.reason);
    if (this.#announced !== wait || this.#hasNews()) {
      if (this.#announced !== wait) this.note('run.paused', { ...why });
      this.#announced = wait;
      await this.#announcePause({ status: 'paused', pause: why.reason, message: why.message });
    }
    await this.wait(() => !this.isHeld, { summary: `paused: ${why.reason}` });
  }

  /** Tells people that an approval waits, once, and whenever something new is to be written down. */
  async announceApproval(approval: Approval): Promise<void> {
    if (this.#announced === approval.approvalId && !this.#hasNews()) return;
    this.#noteResumed();
    this.#announced = approval.approvalId;
    const notes = this.#notesToSend();
    const line = `waits for a person: ${approval.subject}`.slice(0, 200);
    const anew = this.#mustAnnounce ? { isAnew: true as const } : {};
    this.#mustAnnounce = false;
    try {
      const input = { run: this.agent.ref, approval, notes, ...anew };
      const announced = await run(line).announceApproval(input);
      // This run is older than its inbox, which has a decision that it has not heard: it asks once more.
      if (announced.isClosed === true) this.#mustAnnounce = true;
    } catch (error) {
      // A cancel came first: whoever closes the run has to announce it again, or nobody would ever see it.
      this.#announced = undefined;
      throw error;
    }
    this.delivered({ messages: 0, notes: notes.length });
  }

  /** Ends a wait: what it took is added to the deadline, and people are told that the run goes on. */
  async goOn(): Promise<undefined> {
    this.#noteResumed();
    if (this.#waitingSinceMs !== undefined) this.deadlineMs += Date.now() - this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
    this.#announced = undefined;
    this.show('running', null);
    await this.#announcePause({ status: 'running' });
  }

  /** Tells people once more of an approval that waits: a reminder, or that it reached somebody else. */
  async announceAgain(
    approval: Approval,
    occasion: NonNullable<AnnounceApprovalInput['occasion']>,
  ): Promise<void> {
    const notes = this.#notesToSend();
    const line = `${occasion.type}: ${approval.subject}`.slice(0, 200);
    await run(line).announceApproval({ run: this.agent.ref, approval, notes, occasion });
    this.delivered({ messages: 0, notes: notes.length });
  }

  #noteResumed(): void {
    const [kind, reason = ''] = this.#announced?.split('/') ?? [];
    if (kind === 'pause') this.note('run.resumed', { reason });
  }

  /** True for what is to be seen before the wait is over: that a message did not count, or that others must decide too. */
  #hasNews(): boolean {
    return (
      this.#mustAnnounce ||
      this.agent.notes.some(({ type }) => type === 'message.refused' || type === 'approval.counted')
    );
  }

  #notesToSend(): AgentState['notes'] {
    return this.agent.notes.slice(0, sending(this.agent).notes);
  }

  async #announcePause(change: {
    readonly status: RunStatus;
    readonly pause?: PauseReason;
    readonly message?: string;
  }): Promise<void> {
    this.#mustAnnounce = false;
    const notes = this.#notesToSend();
    const line = change.pause === undefined ? change.status : `${change.status}: ${change.pause}`;
    await run(line).announcePause({ run: this.agent.ref, ...change, notes });
    this.delivered({ messages: 0, notes: notes.length });
  }
}
