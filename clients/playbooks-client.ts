/** What an installation remembers of matching requests to playbooks. */
export interface PlaybooksClient {
  /** Path of the playbook that somebody accepted for a request to a repository; undefined when nobody did. */
  readonly acceptedPlaybook: (repository: string, request: string) => Promise<string | undefined>;
  /**
   * Keeps that a request to a repository means a playbook.
   * @throws {HoldfastError} permission_denied for viewers.
   */
  readonly acceptPlaybook: (accepted: {
    readonly repository: string;
    readonly request: string;
    readonly playbook: string;
  }) => Promise<void>;
  /** Embeddings that a model gave before, by the hash of their text; those that are not there are left out. */
  readonly readEmbeddings: (
    model: string,
    contents: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly number[]>>;
  readonly keepEmbeddings: (
    model: string,
    embeddings: ReadonlyMap<string, readonly number[]>,
  ) => Promise<void>;
}
