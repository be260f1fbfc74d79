import type { SimpleCommand } from '../commands/simple-command.ts';
import type { Access } from './access.ts';

/** A path that a call reads or writes, after resolution. */
export interface PathFact {
  /** Relative to the workspace, with forward slashes and no `..`; absolute when it is outside of it. */
  readonly path: string;
  readonly operation: 'read' | 'write';
  /** True when the path is a glob that a shell would expand: every path it can match is meant. */
  readonly glob?: true;
}

/** What a call will really touch: resolved, ordered as found, and covered by the digest. Policy judges these. */
export interface CallFacts {
  readonly access: Access;
  /** Resolved paths, redirection targets of commands included. May be empty. */
  readonly paths: readonly PathFact[];
  /** Every simple command of a shell text, scripts of package manifests included. Empty for other tools. */
  readonly commands: readonly SimpleCommand[];
  /** Hosts the call would talk to, lower case, with the port where one is given. May be empty. */
  readonly hosts: readonly string[];
  /** True when a request that only reads has room for data in its address or headers: it may send what it says. */
  readonly carries?: true;
  /** True when everything is as the call wants it: performing it does nothing, so nobody is asked. */
  readonly idle?: true;
  /** Why the call is not fully resolved, one reason a line; empty means resolved in full. */
  readonly unresolved: readonly string[];
  /** Secrets that the call is given, as `secret://NAME` or `VARIABLE=secret://NAME`, sorted; absent when there is none. */
  readonly secrets?: readonly string[];
}
