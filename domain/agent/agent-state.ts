import type { Approval } from '../approval/approval.ts';
import type { Note } from '../events/note.ts';
import type { Hash } from '../json.ts';
import type { Grant } from '../policy/grant.ts';
import type { AgentRef } from '../run/run-input.ts';
import type { CallOutcome } from '../tools/call-outcome.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { OrderEnd } from './activities.ts';

/** Words that a person (or the engine) adds while the run works; they enter before the next model call. */
export interface InjectedMessage {
  readonly messageId: string;
  /** At most 2 KB; longer text goes by blob. */
  readonly text?: string | undefined;
  readonly blob?: Hash | undefined;
  /** A registered person whose proof verified, else `unauthenticated`, or the engine. */
  readonly author: string;
  /** The name that came along without a proof. */
  readonly claimed?: string | undefined;
}

/** Tokens and money used so far; money is null when a price is unknown. */
export interface Spent {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly microUsd: number | null;
}

/** State of one agent: what the reducer changes and continue-as-new carries. Constant size per turn. */
export interface AgentState {
  readonly ref: AgentRef;
  /** Turns taken; the running one counts. */
  readonly turn: number;
  /** Hash of the newest block of the conversation. */
  readonly head: Hash;
  readonly tier: number;
  /** Number of the last effect of this agent in the ledger. */
  readonly effectSeq: number;
  /** Calls of this turn, in the model's order, at most 16. */
  readonly calls: readonly PreparedCall[];
  /** Outcomes of this turn's calls, in the order they came. */
  readonly settled: readonly CallOutcome[];
  readonly messages: readonly InjectedMessage[];
  /** Ids of the newest messages that are in the conversation already, so that a repeat is not heard twice. */
  readonly heard: readonly string[];
  /** Approvals of this turn: open ones and decided ones that a call still needs. */
  readonly approvals: readonly Approval[];
  readonly grants: readonly Grant[];
  readonly notes: readonly Note[];
  /** Position of the newest note ever made. */
  readonly noted: number;
  readonly spent: Spent;
  readonly stall: StallState;
  readonly checks: CheckState;
  /** How the model's last answer ended when it called no tool. */
  readonly quietAnswers: number;
  /** Approvals opened at one position so far, for their numbers. */
  readonly asked: number;
  /** Extra money that people allowed, in micro-units. */
  readonly raisedMicroUsd: number;
  /** True when the agent asks no model: it ends when its calls are settled. Absent: false. */
  readonly onlyCalls?: boolean;
  /** Set when the order that the run carries out has come to its end. */
  readonly ended?: OrderEnd;
}

export interface StallState {
  /** Calls in a row without progress. */
  readonly quiet: number;
  /** What the last three calls were and gave, as hashes, oldest first. */
  readonly last: readonly string[];
  readonly replans: number;
}

/** For the tests-verified gate: effect numbers, so that their order is known. */
export interface CheckState {
  /** Counter value at the last change of files. */
  readonly lastChange: number;
  /** Counter value at the last green test run; 0 means never. */
  readonly lastGreen: number;
  readonly counter: number;
}

/** Most calls of one turn. */
export const maxCallsPerTurn = 16;
/** Ids of delivered messages that are remembered. */
export const maxHeard = 100;
/** Most messages that may wait. */
export const maxWaitingMessages = 20;

/** The state of an agent before its first turn. */
export function newAgentState(ref: AgentRef, head: Hash): AgentState {
  return {
    ref,
    turn: 0,
    head,
    tier: 0,
    effectSeq: 0,
    calls: [],
    settled: [],
    messages: [],
    heard: [],
    approvals: [],
    grants: [],
    notes: [],
    noted: 0,
    spent: { tokensIn: 0, tokensOut: 0, microUsd: 0 },
    stall: { quiet: 0, last: [], replans: 0 },
    checks: { lastChange: 0, lastGreen: 0, counter: 0 },
    quietAnswers: 0,
    asked: 0,
    raisedMicroUsd: 0,
  };
}
