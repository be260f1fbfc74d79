import type { Json } from '../json.ts';

/** Where a variable of a playbook is declared. */
export type VariableSource = 'argument_specs' | 'vars_prompt' | 'vars' | 'defaults' | 'comment';

/** One variable that a playbook can be given. */
export interface PlaybookVariable {
  readonly name: string;
  readonly source: VariableSource;
  /** As argument_specs name types, such as `int`: declared, else that of its usual value; absent when neither says. */
  readonly type?: string;
  readonly description?: string;
  /** Type of the parts of a list; absent when nobody says. */
  readonly elements?: string;
  /** The values it may have; absent when any. */
  readonly choices?: readonly Json[];
  /** Its usual value as JSON; absent when it has none, or when it is encrypted. */
  readonly default?: unknown;
  /** True when the playbook cannot run without being given it. */
  readonly isRequired: boolean;
}

/** What the catalog knows of one playbook. */
export interface PlaybookEntry {
  /** In the repository, with slashes. */
  readonly path: string;
  readonly filename: string;
  /** What it is for, in lower case; see {@link serviceOf}. */
  readonly service: string;
  readonly description: string;
  /** Names of its plays, in order. */
  readonly plays: readonly string[];
  /** Host patterns of its plays, each once. */
  readonly hosts: readonly string[];
  readonly roles: readonly string[];
  readonly tags: readonly string[];
  /** In the order of the sources above, each name once. */
  readonly variables: readonly PlaybookVariable[];
  readonly requiredVars: readonly string[];
  /** Path of the playbook that takes it back. */
  readonly rollback?: string;
  /** Names of the secrets that open its vaults, by vault id; absent when it names none. */
  readonly vaults?: Readonly<Record<string, string>>;
}

/** A file that could not be read, with the place in it. */
export interface CatalogWarning {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The playbooks of a repository at one commit. */
export interface PlaybookCatalog {
  /** Absent for a folder that is no git repository. */
  readonly commit?: string;
  /** By path. */
  readonly playbooks: readonly PlaybookEntry[];
  readonly warnings: readonly CatalogWarning[];
  /** ISO 8601. */
  readonly discoveredAt: string;
}
