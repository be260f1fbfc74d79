import type { TextWriter } from '../command-context.ts';
import { formatDuration } from '../output/duration.ts';
import type { Styles } from '../output/styles.ts';
import { fitText } from '../output/text-width.ts';
import type { Chunk } from './live-view.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 120;

/** Writes chunks, and on a terminal one line below them that moves while the run works. */
export interface LiveWriter {
  readonly write: (chunks: readonly Chunk[]) => void;
  /** What the moving line says; undefined removes it. */
  readonly show: (doing: string | undefined) => void;
  /** Removes the moving line and ends the line that words stand on. */
  readonly close: () => void;
}

/** What a writer draws on. */
export interface LiveWriterOptions {
  readonly stdout: TextWriter;
  readonly styles: Styles;
  readonly width: number;
  /** False in a pipe, or on a terminal that cannot move its cursor. */
  readonly hasSpinner: boolean;
  readonly now: () => number;
}

/** Builds the writer of one watched run. */
export function createLiveWriter(options: LiveWriterOptions): LiveWriter {
  const { stdout, styles, width, hasSpinner, now } = options;
  let doing: string | undefined;
  let since = now();
  let isDrawn = false;
  let isInLine = false;
  let frame = 0;
  const clear = (): void => {
    if (isDrawn) stdout.write('\r\u001B[K');
    isDrawn = false;
  };
  const draw = (): void => {
    if (doing === undefined || isInLine) return;
    frame = (frame + 1) % frames.length;
    const seconds = Math.floor((now() - since) / 1_000);
    const text = fitText(seconds < 1 ? doing : `${doing} ${formatDuration(seconds)}`, width - 4);
    stdout.write(`\r\u001B[K${styles.accent(frames[frame] ?? '')} ${styles.dim(text)}`);
    isDrawn = true;
  };
  const timer = hasSpinner ? setInterval(draw, frameMs) : undefined;
  timer?.unref();
  return {
    write: (chunks) => {
      clear();
      for (const chunk of chunks) {
        if (chunk.text === '' && chunk.type === 'text') continue;
        if (chunk.type === 'line' && isInLine) stdout.write('\n');
        stdout.write(chunk.type === 'line' ? `${chunk.text}\n` : chunk.text);
        isInLine = chunk.type === 'text' && !chunk.text.endsWith('\n');
      }
    },
    show: (next) => {
      if (next !== doing) since = now();
      doing = next;
      if (next === undefined) clear();
    },
    close: () => {
      clearInterval(timer);
      clear();
      if (isInLine) stdout.write('\n');
      isInLine = false;
    },
  };
}
