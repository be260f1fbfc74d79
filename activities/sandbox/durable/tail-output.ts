import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import type { OutputCapture } from '../process/captured-output.ts';

/** How often new output is looked for. Milliseconds. */
const pollMs = 200;
const pieceBytes = 256 * 1024;

/** Reads the output of a launch while it grows. */
export interface OutputTail {
  /** Reads what is left, and stops. */
  readonly finish: () => void;
  /** Bytes read so far. */
  readonly readBytes: () => number;
}

/**
 * Collects all output of a launch from its first byte on, and hands on what comes behind the first `handedOnBytes`:
 * these were handed on by a worker before this one.
 */
export function tailOutput(
  folder: string,
  {
    capture,
    handedOnBytes,
    onOutput,
  }: {
    readonly capture: OutputCapture;
    readonly handedOnBytes: number;
    readonly onOutput: ((chunk: Uint8Array) => void) | undefined;
  },
): OutputTail {
  let descriptor: number | undefined;
  let position = 0;

  const read = (): void => {
    descriptor ??= openIfThere(join(folder, 'output'));
    if (descriptor === undefined) return;
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (;;) {
      const bytes = readSync(descriptor, piece, 0, pieceBytes, position);
      if (bytes === 0) return;
      const chunk = piece.subarray(0, bytes);
      capture.add(chunk, 'stdout');
      const known = Math.min(bytes, Math.max(0, handedOnBytes - position));
      if (known < bytes) onOutput?.(chunk.subarray(known));
      position += bytes;
    }
  };
  const timer = setInterval(read, pollMs);
  return {
    finish: () => {
      clearInterval(timer);
      read();
      if (descriptor !== undefined) closeSync(descriptor);
    },
    readBytes: () => position,
  };
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch {
    return undefined;
  }
}
