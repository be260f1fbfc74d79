import type { TrustSettings } from '../../domain/tools/tool-trust.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { readTrust, settingsOf } from '../../storage/trust/tool-trust.ts';

/** A level counts for every worker within this time after it was set, in milliseconds. */
const freshMs = 1_000;

/** Reads how far sources of tools are trusted, once a second at most for each tenant. */
export class TrustReader {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly at: number; readonly settings: TrustSettings }>();

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db;
    this.#now = now;
  }

  async read(tenant: string): Promise<TrustSettings> {
    const known = this.#known.get(tenant);
    const at = this.#now();
    if (known !== undefined && at - known.at < freshMs) return known.settings;
    const settings = settingsOf(await readTrust(this.#db, tenant));
    this.#known.set(tenant, { at, settings });
    return settings;
  }
}
