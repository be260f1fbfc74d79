/** What a command is given of secrets. */
export interface CommandSecrets {
  /** `VARIABLE=secret://NAME`, sorted: what is judged, shown and covered by the digest. */
  readonly granted: readonly string[];
  /** The variables with their values. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Headers whose references were replaced. */
export interface SecretHeaders {
  /** `secret://NAME`, sorted. */
  readonly granted: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** How tools get secrets: by name, when they prepare a call to see that they are there, and when they perform it. */
export interface ToolSecrets {
  /** @throws {ToolError} dependency_missing that names the secret. */
  readonly forCommand: () => Promise<CommandSecrets>;
  /** @throws {ToolError} dependency_missing; access_denied for a host that the secret is not for. */
  readonly forHeaders: (headers: SecretHeaders['headers'], url: URL) => Promise<SecretHeaders>;
}
