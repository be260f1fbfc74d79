import { condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';

import { afterSent, withNote, type Sent } from '../../domain/agent/reducer.ts';
import type { AgentState } from '../../domain/agent/agent-state.ts';
import type { SettleEffectInput } from '../../domain/messages/run-messages.ts';
import type { DecidedApproval } from '../../domain/approval/approval.ts';
import type { EventType } from '../../domain/events/event-types.ts';
import type { PauseReason } from '../../domain/failures.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RunCarry, RunPins } from '../../domain/run/run-input.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import { run } from './activities.ts';
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
  status: RunStatus = 'running';
  pause: PauseReason | null = null;
  /** Who asked for a pause; undefined when nobody did. */
  pausedBy: string | undefined;
  /** Grows with every message that may end a wait. */
  #wakes = 0;
  #waitingSinceMs: number | undefined;

  constructor(carry: RunCarry) {
    this.agent = carry.agent;
    this.pins = carry.pins;
    this.deadlineMs = carry.deadlineMs;
    this.decided = carry.decided;
    this.pausedBy = carry.pausedBy;
    this.#waitingSinceMs = carry.waitingSinceMs;
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
    };
  }

  /** Working time that is left, in milliseconds. */
  remainingMs(): number {
    return this.deadlineMs - Date.now();
  }

  note(type: EventType, data: JsonObject): void {
    this.agent = withNote(this.agent, type, { atMs: Date.now(), data });
  }

  remember(decided: DecidedApproval): void {
    this.decided = [...this.decided, decided].slice(-maxDecided);
  }

  wake(): void {
    this.#wakes += 1;
  }

  /** Drops what an activity has written, whatever came meanwhile. */
  delivered(sent: Sent): void {
    this.agent = afterSent(this.agent, sent);
  }

  /** Shows a status in the Temporal UI. */
  show(status: RunStatus, pause: PauseReason | null): void {
    this.status = status;
    this.pause = pause;
    const waitingFor = status === 'awaiting_approval' ? 'approval' : pause;
    showStatus({ status, waitingFor, microUsd: this.agent.spent.microUsd });
    setCurrentDetails(detailsOf(this));
  }

  /** Waits while the clock of the run stands. Returns false when `timeoutMs` passed first. */
  async wait(
    isOver: () => boolean,
    { summary, timeoutMs }: { readonly summary: string; readonly timeoutMs?: number },
  ): Promise<boolean> {
    this.#waitingSinceMs ??= Date.now();
    const over = (): boolean =>
      isOver() || (!this.isClosing && workflowInfo().continueAsNewSuggested);
    let isDone = true;
    if (timeoutMs === undefined) await condition(over);
    else isDone = await condition(over, Math.max(1, timeoutMs), { summary });
    return isDone;
  }

  /** Ends a wait: what it took is added to the deadline. */
  endWait(): void {
    if (this.#waitingSinceMs === undefined) return;
    this.deadlineMs += Date.now() - this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
  }

  /** Waits until somebody resumes the run, saying why it waits. Ends early for continue-as-new. */
  async pauseFor(reason: PauseReason, message: string): Promise<void> {
    this.show('paused', reason);
    this.note('run.paused', { reason, message });
    await this.announce({ status: 'paused', pause: reason, message });
    const seen = this.#wakes;
    const isOver = (): boolean => this.pausedBy === undefined && this.#wakes > seen;
    await this.wait(isOver, { summary: `paused: ${reason}` });
    if (!isOver()) return;
    this.endWait();
    this.note('run.resumed', { reason });
    this.show('running', null);
    await this.announce({ status: 'running' });
  }

  /** Writes what the run waits for, with the notes that go along. */
  async announce(change: {
    readonly status: RunStatus;
    readonly pause?: PauseReason;
    readonly message?: string;
  }): Promise<void> {
    const sent = { messages: 0, notes: this.agent.notes.length };
    const line = change.pause === undefined ? change.status : `${change.status}: ${change.pause}`;
    await run(line).announcePause({ run: this.agent.ref, ...change, notes: this.agent.notes });
    this.delivered(sent);
  }
}
