import type { Access } from './access.ts';

/** How much the source of a tool is trusted, least first. */
export const trustLevels = ['UNTRUSTED', 'VERIFIED', 'TRUSTED'] as const;

export type TrustLevel = (typeof trustLevels)[number];

/** Where a tool comes from: this program. */
export const builtInSource = 'built-in';

/** Levels that people set, by source; a source that is missing has its own. */
export type TrustSettings = ReadonlyMap<string, TrustLevel>;

const sourcePattern = /^(?:built-in|(?:mcp|plugin):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** Whether this names a source of tools: `built-in`, `mcp:NAME` or `plugin:NAME`. */
export function isToolSource(text: string): boolean {
  return sourcePattern.test(text);
}

/** The level of a source: as people set it, else `TRUSTED` for what is built in and `UNTRUSTED` for anything else. */
export function trustOf(source: string, settings: TrustSettings): TrustLevel {
  return settings.get(source) ?? (source === builtInSource ? 'TRUSTED' : 'UNTRUSTED');
}

/**
 * What the trust in a source says on a call, before policy is asked: nothing, that a person decides, or no. The access
 * counts as the tool is declared; what a tool says of one call is as little trusted as the tool.
 */
export function judgeTrust(level: TrustLevel, access: Access): 'policy' | 'ask' | 'deny' {
  if (level !== 'UNTRUSTED') return 'policy';
  return access === 'change' || access === 'destructive' ? 'deny' : 'ask';
}
