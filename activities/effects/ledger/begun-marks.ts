import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import { firstFenceOf, maxLaunchNumber } from '../../../domain/effects/launch-number.ts';
import { hashText } from '../../../storage/hashing.ts';
import { errorCode } from '../../workspace/files/open-at.ts';

/** Which call is meant. */
export interface BegunCall {
  readonly runId: string;
  readonly callId: string;
}

/** What a mark says of the call that was begun. */
export interface BegunMark {
  readonly fence: number;
  /** Undefined in a mark that was cut short by a power cut, or is older than this field. */
  readonly digest: string | undefined;
}

/**
 * Marks in the data folder: one for each effect that this host has begun, until its run is closed. They judge nothing
 * while the ledger knows of the effect. A ledger that was put back to an older state does not know of the last one, and
 * would let it begin again: then the mark tells which call it was, and the fence by which a probe finds what was begun.
 */
export class BegunMarks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Marks that a call begins; the first mark of it stays.
   * @throws {HoldfastError} sandbox_unavailable when it cannot be kept: then nothing may begin.
   */
  put(call: BegunCall & { readonly digest: string }, fence: number): void {
    try {
      this.#write(call, `${fence} ${call.digest}\n`);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return;
      const why = error instanceof Error ? error.message : String(error);
      throw new HoldfastError('sandbox_unavailable', `the data folder keeps no mark: ${why}`, {
        suggestion: 'check that its disk is not full',
      });
    }
  }

  #write(call: BegunCall, text: string): void {
    const options = { flag: 'wx', mode: 0o600 } as const;
    try {
      writeFileSync(this.#fileOf(call), text, options);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(this.#folderOf(call.runId), { recursive: true, mode: 0o700 });
      writeFileSync(this.#fileOf(call), text, options);
    }
  }

  /** What was begun at the position of a call; undefined when nothing was. */
  of(call: BegunCall): BegunMark | undefined {
    try {
      const [fence = '', digest] = readFileSync(this.#fileOf(call), 'utf8').trimEnd().split(' ');
      const number = Number.parseInt(fence, 10);
      // Cut short: nothing that was begun is found by another fence.
      return {
        fence: Number.isSafeInteger(number) ? number : firstFenceOf(maxLaunchNumber),
        digest,
      };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Forgets a call that may begin anew. */
  forget(call: BegunCall): void {
    rmSync(this.#fileOf(call), { force: true });
  }

  /** Forgets every call of a run that is closed. */
  forgetRun(runId: string): void {
    rmSync(this.#folderOf(runId), { recursive: true, force: true });
  }

  /** Forgets runs of which nothing was begun since a moment, but for those that are open. */
  sweep({ open, before }: { readonly open: readonly string[]; readonly before: Date }): void {
    const kept = new Set(open.map((runId) => nameOf(runId)));
    for (const name of foldersIn(this.#folder)) {
      const folder = join(this.#folder, name);
      const newest = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (!kept.has(name) && newest < before.getTime())
        rmSync(folder, { recursive: true, force: true });
    }
  }

  #folderOf(runId: string): string {
    return join(this.#folder, nameOf(runId));
  }

  #fileOf({ runId, callId }: BegunCall): string {
    return join(this.#folderOf(runId), nameOf(callId));
  }
}

function nameOf(id: string): string {
  return hashText(id).slice(0, nameLength);
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Characters of a SHA-256 in base64url, 192 bits: no two names meet by chance. */
const nameLength = 32;
