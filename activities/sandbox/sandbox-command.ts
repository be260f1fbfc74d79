import type { CapturedOutput } from './process/captured-output.ts';
import type { Enforced } from './enforced.ts';
import type { SandboxLimits } from './sandbox-limits.ts';

/** Folder of the workspace as the command sees it. */
export const workspaceInside = '/workspace';

/** Something of the workspace that a command finds empty. It stands there when the command is started. */
export interface HiddenPath {
  /** Relative to the workspace; nothing on the way is a link. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/** One command to run closed in. */
export interface SandboxCommand {
  /** Program and arguments; the program is looked up on the sandbox's PATH. Never empty. */
  readonly argv: readonly string[];
  /** Absolute path on the host; appears inside as `/workspace`. Belongs to `uid`. */
  readonly workspace: string;
  readonly workspaceAccess: 'read-write' | 'read-only';
  /** What of the workspace it finds empty, and cannot change; default: nothing. */
  readonly hidden?: readonly HiddenPath[];
  /**
   * Absolute path on the host of a folder that becomes the home inside, so that caches outlive the command. Belongs to
   * `uid` and counts as storage. Default: an empty home in memory, where every command starts without caches.
   */
  readonly home?: string;
  /** Working folder below the workspace, relative. Default: the workspace. */
  readonly cwd?: string;
  /** Added to the sandbox's own variables; may hold secrets: it never appears on a command line. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input; without it the command reads an empty one. */
  readonly input?: string;
  readonly limits: SandboxLimits;
  /** 'host' opens the host's whole network, its loopback included. */
  readonly network: 'none' | 'host';
  /** User id on the host, not 0. Without effect when the worker is not root: then it is the worker's own. */
  readonly uid: number;
  readonly signal?: AbortSignal;
  /** Time between TERM and KILL after `signal`. Milliseconds; default 10,000. */
  readonly cancelGraceMs?: number;
  /** Called for every piece of output, also for what is not kept. */
  readonly onOutput?: (chunk: Uint8Array, stream: OutputStream) => void;
}

export type OutputStream = 'stdout' | 'stderr';

/** How a command ended, for programs. */
type SandboxStatus = 'OK' | 'TIMEOUT' | 'MEM_LIMIT' | 'SANDBOX_DENIED' | 'INTERNAL_ERROR';

/** What became of a command. Status OK says only that the command itself decided its end: see `exitCode`. */
export interface SandboxOutcome {
  readonly status: SandboxStatus;
  /** 0 to 255; 128 + n after signal n, 124 after a time-out, 127 when the program does not exist. */
  readonly exitCode: number;
  /** From the launch to the end of the last process. Milliseconds. */
  readonly durationMs: number;
  readonly output: CapturedOutput;
  readonly enforced: Enforced;
  /** Why the status is not OK, or which limit was touched; one sentence. */
  readonly reason?: string;
}

/** Exit code of every command that was ended by its wall time. */
export const timeoutExitCode = 124;
