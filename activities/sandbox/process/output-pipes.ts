import { execFile } from 'node:child_process';
import { chownSync, closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

import { makeOpenFolder } from '../state-folder.ts';

/** A pipe between a command and us. */
export interface OutputPipe {
  /** Descriptor for the command; to be closed here once the command has it. */
  readonly writeEnd: number;
  /** Ends when the last process that holds the write end is gone. */
  readonly readEnd: Readable;
  /** Lets another command have the pipe; only after `readEnd` has closed. */
  readonly giveBack: () => void;
}

/**
 * Pipes that a command may open again by name. Node gives its children sockets, and the kernel refuses to open those:
 * `echo >/dev/stderr`, common in scripts, would fail. Named pipes can be opened, if they belong to the command's user.
 */
export interface PipePool {
  readonly take: (owner: number | undefined) => Promise<OutputPipe>;
  /** A pipe whose both ends go to other processes. */
  readonly takeEnds: (owner: number | undefined) => Promise<PipeEnds>;
}

/** Descriptors of both ends of a pipe, to be closed here once others have them. */
export interface PipeEnds {
  readonly writeEnd: number;
  readonly readEnd: number;
  /** Lets another command have the pipe; only when nobody holds an end any more. */
  readonly giveBack: () => void;
}

/** Pipes made at once: a start of `mkfifo` costs 3 ms, a pipe used again nothing. */
const batchSize = 8;

/** Keeps named pipes in a folder and makes more of them when all are in use. */
export function createPipePool(mkfifo: string, folder: string): PipePool {
  const free: string[] = [];
  let made = 0;
  const grow = async (): Promise<void> => {
    makeOpenFolder(folder);
    const names = Array.from({ length: batchSize }, (_, index) => join(folder, `${made + index}`));
    made += batchSize;
    await promisify(execFile)(mkfifo, ['-m', '600', ...names], { env: {} });
    free.push(...names);
  };
  const takeFile = async (owner: number | undefined): Promise<string> => {
    let file = free.pop();
    while (file === undefined) {
      await grow();
      file = free.pop();
    }
    if (owner !== undefined) chownSync(file, owner, owner);
    return file;
  };
  return {
    take: async (owner) => {
      const file = await takeFile(owner);
      return { ...openPipe(file), giveBack: () => free.push(file) };
    },
    takeEnds: async (owner) => {
      const file = await takeFile(owner);
      return { ...openEnds(file), giveBack: () => free.push(file) };
    },
  };
}

function openPipe(file: string): Pick<OutputPipe, 'writeEnd' | 'readEnd'> {
  // The reader first and without waiting for a writer, then the writer: in this order neither end blocks.
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(file, constants.O_WRONLY);
  return { writeEnd, readEnd: new Socket({ fd: reader, readable: true, writable: false }) };
}

function openEnds(file: string): Pick<PipeEnds, 'writeEnd' | 'readEnd'> {
  // A reader that does not wait would be told to come back later; with both ends held open nobody has to wait.
  const both = openSync(file, constants.O_RDWR);
  try {
    const readEnd = openSync(file, constants.O_RDONLY);
    return { readEnd, writeEnd: openSync(file, constants.O_WRONLY) };
  } finally {
    closeSync(both);
  }
}
