import { HoldfastError } from '../../domain/failures.ts';
import type { ReportedSecret } from '../../domain/secrets/secret-report-schema.ts';
import type { SecretDeclaration } from '../../domain/secrets/secret-schema.ts';
import { sourceWords, type SecretState } from './secret-source.ts';

/** One secret as it was read. */
export interface HeldSecret {
  readonly name: string;
  readonly declaration: SecretDeclaration;
  readonly state: SecretState;
}

/** All secrets of one reading. Never changes: who holds it sees one reading as a whole. */
export class SecretSnapshot {
  readonly #secrets: ReadonlyMap<string, HeldSecret>;

  constructor(secrets: readonly HeldSecret[]) {
    this.#secrets = new Map(secrets.map((secret) => [secret.name, secret]));
  }

  /** The value of a secret. @throws {HoldfastError} `dependency_missing` that names it and says why. */
  value(name: string): string {
    const state = this.#secrets.get(name)?.state;
    if (state?.type === 'set') return state.value;
    const why = state === undefined ? 'no secret has that name' : state.why;
    throw new HoldfastError('dependency_missing', `the secret ${name} is missing: ${why}`, {
      suggestion: `holdfast secrets test ${name} shows where it is looked for; holdfast secrets set ${name} stores it`,
    });
  }

  /** Secrets that commands are given, by name. */
  get forCommands(): readonly { readonly name: string; readonly variable: string }[] {
    return [...this.#secrets.values()].flatMap(({ name, declaration: { variable } }) =>
      variable === undefined ? [] : { name, variable },
    );
  }

  /** Hosts that a secret may be sent to; empty for one that does not exist. */
  hostsOf(name: string): readonly string[] {
    return this.#secrets.get(name)?.declaration.hosts ?? [];
  }

  /** Whether a secret may be given to playbooks that name it as the password of a vault. */
  opensVaults(name: string): boolean {
    return this.#secrets.get(name)?.declaration.vault === true;
  }

  /** Every value, for redaction. */
  get values(): readonly string[] {
    return [...this.#secrets.values()].flatMap(({ state }) =>
      state.type === 'set' ? state.value : [],
    );
  }

  /** What people may know, by name. */
  get report(): readonly ReportedSecret[] {
    return [...this.#secrets.values()]
      .map(({ name, declaration, state }) => ({
        name,
        source: sourceWords(declaration),
        state: state.type,
        ...(state.type === 'missing' ? { why: state.why } : {}),
        ...(declaration.variable === undefined ? {} : { variable: declaration.variable }),
        hosts: declaration.hosts,
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
