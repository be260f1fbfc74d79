import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * Marks in the data folder: one for each effect that this host has begun, until its run is closed. They judge nothing
 * while the ledger knows of the effect. A ledger that was put back to an older state does not know of the last one, and
 * would let it begin again: then the mark tells, with the fence by which a probe finds what was begun.
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
  put(call: BegunCall, fence: number): void {
    try {
      mkdirSync(this.#folderOf(call.runId), { recursive: true, mode: 0o700 });
      writeFileSync(this.#fileOf(call), `${fence}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return;
      const why = error instanceof Error ? error.message : String(error);
      throw new HoldfastError('sandbox_unavailable', `the data folder keeps no mark: ${why}`, {
        suggestion: 'check that its disk is not full',
      });
    }
  }

  /** The fence of a call that was begun; undefined for one that was not. */
  fenceOf(call: BegunCall): number | undefined {
    try {
      const fence = Number.parseInt(readFileSync(this.#fileOf(call), 'utf8'), 10);
      // Cut short by a power cut: nothing that was begun is found by another one.
      return Number.isSafeInteger(fence) ? fence : firstFenceOf(maxLaunchNumber);
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

  #folderOf(runId: string): string {
    return join(this.#folder, hashText(runId).slice(0, nameLength));
  }

  #fileOf({ runId, callId }: BegunCall): string {
    return join(this.#folderOf(runId), hashText(callId).slice(0, nameLength));
  }
}

/** Characters of a SHA-256 in base64url, 192 bits: no two names meet by chance. */
const nameLength = 32;
