import type { Styles } from '../output/styles.ts';
import { noTotals, type Totals } from './totals.ts';
import { type WrapState, wrapText } from './drawing/wrap-text.ts';

/** A call that was asked for and has not ended. */
export interface OpenCall {
  readonly tool: string;
  readonly preview: string;
  /** When its work began, ISO 8601. */
  readonly since: string;
  readonly isStarted: boolean;
}

/** Words of a turn that stand on the terminal already. */
export interface StreamedText {
  readonly turn: number;
  readonly attempt: number;
  readonly text: string;
  readonly wrap: WrapState;
}

/** What the live view knows of a run. Everything it prints follows from this and the next item. */
export interface LiveView {
  /** Turn whose heading was printed last; 0 before the first. */
  readonly turn: number;
  /** Turn that was answered last: words of it that come later are old. */
  readonly answered: number;
  readonly calls: ReadonlyMap<string, OpenCall>;
  readonly totals: Totals;
  readonly streamed: StreamedText | undefined;
  readonly isRehearsalTold: boolean;
  /** What the run does now, for the spinner; undefined while it waits for a person or is over. */
  readonly doing: string | undefined;
}

/** The view before the first item. */
export const startView: LiveView = {
  turn: 0,
  answered: 0,
  calls: new Map(),
  totals: noTotals,
  streamed: undefined,
  isRehearsalTold: false,
  doing: 'starting',
};

/** How items are drawn. */
export interface LiveLayout {
  readonly styles: Styles;
  readonly width: number;
  /** What people type for the run. */
  readonly runKey: string;
  /** Words of the model are printed as they come; otherwise when its answer is whole. */
  readonly isStreaming: boolean;
  /** The diff of an edit by its call, where it is known. */
  readonly diffOf: (callId: string) => string | undefined;
}

/** A part of what is printed: whole lines, or text that goes on. */
export type Chunk =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'text'; readonly text: string };

/** What an item changes and prints. */
export interface Drawn {
  readonly view: LiveView;
  readonly chunks: readonly Chunk[];
}

/** One whole line. */
export function line(text: string): Chunk {
  return { type: 'line', text };
}

/** A sentence as lines: it begins two columns in, and what does not fit goes on two further. */
export function sentence(text: string, { width }: LiveLayout): readonly Chunk[] {
  const [first = '', ...rest] = wrapText(text, { width, indent: '    ' });
  return [line(first.slice(2)), ...rest.map((each) => line(each))];
}
