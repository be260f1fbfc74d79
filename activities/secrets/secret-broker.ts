import { HoldfastError } from '../../domain/failures.ts';
import type { SecretReport } from '../../domain/secrets/secret-report-schema.ts';
import type { Settings } from '../../domain/settings/settings-schema.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { readSecrets, type SecretPlace } from './read-secrets.ts';
import type { SecretSnapshot } from './secret-snapshot.ts';

/** What a broker works with. */
export interface SecretBrokerOptions {
  readonly place: SecretPlace;
  /** Learns each value before anybody is given it. */
  readonly redactor: Redactor;
  /** Reads the declarations anew. @throws {HoldfastError} when they do not fit. */
  readonly declarations: () => Settings['secrets'];
  /** Tells whoever waits for it that secrets were read. */
  readonly tell: (report: SecretReport) => void;
  readonly pid: number;
}

/**
 * Holds the secrets of this process. They are read at the start and whenever `reload` is called; who asks meanwhile gets
 * the reading before, so that nobody sees half of a change.
 */
export class SecretBroker {
  readonly #options: SecretBrokerOptions;
  #current: Promise<SecretSnapshot>;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(options: SecretBrokerOptions) {
    this.#options = options;
    this.#current = this.#read();
    // Whoever asks for it sees the error as well.
    this.#current.catch(() => undefined);
  }

  /** The secrets as they were read last; waits for the first reading only. */
  snapshot(): Promise<SecretSnapshot> {
    return this.#current;
  }

  /** Reads all secrets anew, one reading after the other. What cannot be read as a whole changes nothing, and is told. */
  reload(): Promise<void> {
    const reading = this.#readAfter(this.#reloading);
    this.#reloading = reading.catch(() => undefined);
    return reading;
  }

  async #readAfter(before: Promise<unknown>): Promise<void> {
    await before;
    try {
      this.#current = Promise.resolve(await this.#read());
    } catch (error) {
      const why = error instanceof HoldfastError ? error.message : 'secrets could not be read';
      this.#tell(await this.#current, why);
    }
  }

  async #read(): Promise<SecretSnapshot> {
    const { place, redactor, declarations } = this.#options;
    const snapshot = await readSecrets(place, declarations(), 'all');
    redactor.learn(snapshot.values);
    this.#tell(snapshot, undefined);
    return snapshot;
  }

  #tell({ report }: SecretSnapshot, error: string | undefined): void {
    const { pid, tell } = this.#options;
    const at = new Date().toISOString();
    const failed = error === undefined ? {} : { error };
    tell({ schemaVersion: 1, pid, at, secrets: [...report], ...failed });
  }
}
