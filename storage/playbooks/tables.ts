import type { ColumnType } from 'kysely';

interface PlaybookMatchTable {
  tenant: string;
  /** See `repositoryIdentity`. */
  repository: string;
  /** Hash of the normalised request: nobody can read from it what was asked for. */
  request: string;
  /** Path in the repository. */
  playbook: string;
  at: ColumnType<Date, Date | undefined, Date>;
}

interface PlaybookEmbeddingTable {
  tenant: string;
  model: string;
  /** Hash of the text. */
  content: string;
  /** An array of numbers. */
  vector: ColumnType<unknown, string, string>;
}

/** Tables of this folder. */
export interface PlaybookTables {
  playbook_matches: PlaybookMatchTable;
  playbook_embeddings: PlaybookEmbeddingTable;
}
