/** One step of the schema, forward and back, as plain SQL statements that run in one transaction. */
export interface NumberedMigration {
  /** `0001-name`: order is by name. */
  readonly name: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
}
