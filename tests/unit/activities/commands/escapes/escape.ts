/** Texts by technique: those whose forbidden command is found, and those where it cannot be seen. */
export interface EscapeTable {
  readonly [technique: string]: {
    readonly denied: readonly string[];
    readonly asked: readonly string[];
  };
}

/** A text that runs a forbidden command out of files of the workspace. */
export interface FileEscape {
  readonly technique: string;
  readonly text: string;
  /** Texts of files by their path in the workspace. */
  readonly files: { readonly [path: string]: string };
  readonly verdict: 'deny' | 'ask';
}
