import type { LetterKind, LetterState } from '../domain/dead-letters/dead-letter.ts';

/** What people and programs can do with what was given up. Letters are named by their id, or a start of it that fits one. */
export interface DeadLetterClient {
  /** Newest first. */
  readonly list: (query: LetterFilter) => Promise<LetterPage>;
  readonly show: (letter: string) => Promise<LetterDetail>;
  /**
   * Does it anew: a tool call as a run of its own, through policy and approval; a turn that no model answered by resuming
   * its run. Twice is once.
   *
   * @throws {HoldfastError} conflict when it succeeded already or its call is gone; invalid_argument for messages.
   */
  readonly replay: (letter: string) => Promise<ReplayedLetter>;
  /** Deletes letters older than this, but for those that are being replayed; with `isDryRun` it only counts. Returns how many. */
  readonly purge: (input: PurgeInput) => Promise<number>;
}

export interface PurgeInput {
  readonly olderThanSeconds: number;
  readonly isDryRun: boolean;
}

export interface LetterFilter {
  readonly tool?: string;
  readonly state?: LetterState;
  /** 20 when absent. */
  readonly limit?: number;
  readonly offset?: number;
}

export interface LetterPage {
  readonly items: readonly LetterView[];
  /** How many fit in all. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** One letter. */
export interface LetterView {
  readonly letterId: string;
  readonly kind: LetterKind;
  /** Name of the tool, `model`, or the name of the message. */
  readonly toolName: string;
  /** Redacted; null when there are none, or they are long and stand in a blob. */
  readonly args: unknown;
  /** Hash of the blob with long arguments. */
  readonly argsBlob: string | null;
  readonly error: { readonly code: string; readonly message: string };
  /** ISO 8601. */
  readonly timestamp: string;
  readonly retryCount: number;
  readonly runId: string;
  readonly runKey: string;
  /** The call or turn, or the event of a message. */
  readonly stepId: string;
  /** Other letters of the same tool and code, newest first; at most five. */
  readonly relatedCases: readonly string[];
  readonly state: LetterState;
  /** The newest run that replays it; null when none did. */
  readonly replayRun: string | null;
  readonly replays: number;
}

export interface LetterDetail extends LetterView {
  /** Arguments as JSON text, long ones too; null when there are none. */
  readonly argsText: string | null;
}

/** What replays a letter. */
export interface ReplayedLetter {
  readonly letterId: string;
  readonly type: 'started' | 'going-on' | 'resumed';
  readonly runId: string;
  readonly runKey: string;
}
