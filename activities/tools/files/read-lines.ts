import type { FileHandle } from 'node:fs/promises';

import { readParts } from '../../workspace/files/read-file.ts';

/** Lines of a file, numbered from 1. */
export interface LineRange {
  readonly first: number;
  readonly count: number;
}

/** What was read of a text file. */
export interface ReadLines {
  readonly lines: readonly string[];
  /** True when the file goes on after these lines. */
  readonly hasMore: boolean;
  /** Lines of the whole file; known only when its end was reached. */
  readonly total?: number;
  /** True when bytes were no UTF-8 and are shown as U+FFFD. */
  readonly hasReplacements: boolean;
}

/** Characters read at most; what comes after is left for another range. */
const maxCharacters = 2_000_000;

/** Reads some lines of a text file; memory stays bounded whatever the file's size and however long its lines are. */
export async function readLines(handle: FileHandle, range: LineRange): Promise<ReadLines> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const collected = new LineCollector(range);
  for await (const part of readParts(handle)) {
    collected.add(decoder.decode(part, { stream: true }));
    if (collected.isFull) return collected.result('more');
  }
  collected.add(decoder.decode());
  return collected.result('end');
}

class LineCollector {
  readonly #range: LineRange;
  readonly #lines: string[] = [];
  #number = 1;
  #current = '';
  #characters = 0;

  constructor(range: LineRange) {
    this.#range = range;
  }

  get isFull(): boolean {
    const next = this.#range.first + this.#range.count;
    const hasNext = this.#number > next || (this.#number === next && this.#current !== '');
    return hasNext || this.#characters > maxCharacters;
  }

  add(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    this.#keep(first);
    for (const piece of rest) {
      this.#endLine();
      this.#keep(piece);
    }
  }

  result(reached: 'more' | 'end'): ReadLines {
    if (reached === 'end' && this.#current !== '') this.#endLine();
    const isCut = reached === 'more' && this.#number < this.#range.first + this.#range.count;
    if (isCut && this.#current !== '') this.#lines.push(this.#current);
    const total = this.#number - 1;
    return {
      lines: this.#lines,
      hasMore: reached === 'more' || total >= this.#range.first + this.#range.count,
      ...(reached === 'end' ? { total } : {}),
      hasReplacements: this.#lines.some((line) => line.includes('\u{FFFD}')),
    };
  }

  #keep(piece: string): void {
    if (!this.#isWanted()) {
      // Only whether the last line is empty matters of lines that nobody asked for.
      if (piece !== '') this.#current = ' ';
      return;
    }
    this.#current += piece;
    this.#characters += piece.length;
  }

  #endLine(): void {
    if (this.#isWanted()) this.#lines.push(this.#current);
    this.#current = '';
    this.#number += 1;
  }

  #isWanted(): boolean {
    const { first, count } = this.#range;
    return this.#number >= first && this.#number < first + count;
  }
}
