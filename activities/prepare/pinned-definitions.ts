import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { FailureType } from '../../domain/failures.ts';
import { ApplicationFailure } from '@temporalio/common';
import { getBlob } from '../../storage/blobs/blobs.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** Pins that are kept in memory: they never change. */
const maxCached = 200;

/** Reads what runs have pinned, by hash. */
export class PinnedDefinitionsReader {
  readonly #db: Database;
  readonly #cache = new Map<string, PinnedDefinitions>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws {ApplicationFailure} Definition.Missing when the blob is gone. */
  async read(tenant: string, hash: string): Promise<PinnedDefinitions> {
    const key = `${tenant}/${hash}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const bytes = await getBlob(this.#db, tenant, hash);
    if (bytes === undefined) {
      throw ApplicationFailure.nonRetryable(
        `what this run pinned at its start (${hash}) is gone from the database`,
        FailureType.definitionMissing,
      );
    }
    // Written by openRun only, and addressed by its content.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const definitions = JSON.parse(bytes.toString('utf8')) as PinnedDefinitions;
    this.#cache.set(key, definitions);
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > maxCached && oldest.done !== true) this.#cache.delete(oldest.value);
    return definitions;
  }
}
