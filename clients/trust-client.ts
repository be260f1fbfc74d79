import type { TrustLevel } from '../domain/tools/tool-trust.ts';

/** How far the sources of tools are trusted. */
export interface TrustClient {
  /** Every source that is built in or that somebody set, by name. */
  readonly listTrust: () => Promise<readonly SourceTrust[]>;
  /** Sets a level. @throws {HoldfastError} invalid_argument for what is no source; permission_denied without the role admin. */
  readonly setTrust: (source: string, level: TrustLevel) => Promise<TrustChange>;
}

/** One source of tools. */
export interface SourceTrust {
  /** `built-in`, `mcp:NAME` or `plugin:NAME`. */
  readonly source: string;
  readonly level: TrustLevel;
  /** Who set it; null where nobody did. */
  readonly setBy: string | null;
  /** ISO 8601; null where nobody did. */
  readonly setAt: string | null;
}

/** What a change came to. */
export interface TrustChange {
  readonly source: string;
  readonly old: TrustLevel;
  readonly new: TrustLevel;
}
