import { kill } from 'node:process';

import { execa } from 'execa';

import { HoldfastError } from '../../../domain/failures.ts';
import type { Slots } from './slots.ts';

/** How the worker runs its own git. */
export interface GitProgram {
  /** PATH on which `git` and the core utilities are found. */
  readonly searchPath: string;
  /** A configuration file of ours: git reads it in place of the user's. See {@link gitConfiguration}. */
  readonly configurationFile: string;
  readonly slots: Slots;
}

/** One git command. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs as this user where the worker is root: git then can read no more than the workspace's own processes. */
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a git command gave. */
export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * What our git may do in repositories that nobody vouches for: no hooks, no file system monitor, no templates, no
 * helpers, no maintenance, and no transport that runs a command.
 */
export const gitConfiguration = `[safe]
	directory = *
[core]
	hooksPath = /dev/null
	fsmonitor = false
	attributesFile = /dev/null
	excludesFile = /dev/null
	autocrlf = false
	quotePath = false
[init]
	defaultBranch = main
	templateDir =
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol]
	allow = never
[protocol "file"]
	allow = always
[user]
	name = Holdfast
	email = holdfast@localhost
[commit]
	gpgSign = false
[advice]
	detachedHead = false
`;

/** Runs git and gives what came, whatever the exit code. When it is cancelled, its helpers end with it. */
export function tryGit(git: GitProgram, command: GitCommand): Promise<GitOutput> {
  return git.slots(async () => {
    const { signal } = command;
    signal?.throwIfAborted();
    const running = execa('git', command.args, {
      cwd: command.cwd,
      env: { ...environmentOf(git), ...command.environment },
      extendEnv: false,
      encoding: 'buffer',
      maxBuffer: 512 * 1024 * 1024,
      reject: false,
      stripFinalNewline: false,
      ...(command.input === undefined ? { stdin: 'ignore' as const } : { input: command.input }),
      ...command.as,
      // A group of its own: what talks to a remote is a helper of git, and goes on when only git is ended.
      detached: signal !== undefined,
    });
    const end = (): void => endGroup(running.pid);
    signal?.addEventListener('abort', end, { once: true });
    try {
      const { exitCode, stdout, stderr } = await running;
      signal?.throwIfAborted();
      return {
        exitCode: exitCode ?? 128,
        stdout: Buffer.from(stdout),
        stderr: Buffer.from(stderr).toString('utf8'),
      };
    } finally {
      signal?.removeEventListener('abort', end);
    }
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Runs git and gives its standard output.
 * @throws {HoldfastError} execution_error when it ends with another code than 0.
 */
export async function runGit(git: GitProgram, command: GitCommand): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await tryGit(git, command);
  if (exitCode === 0) return stdout;
  const words = command.args.find((word) => !word.startsWith('-')) ?? '';
  throw new HoldfastError(
    'execution_error',
    `git ${words} failed with exit code ${exitCode}: ${stderr.trim().slice(0, 1_000)}`,
  );
}

function environmentOf({ searchPath, configurationFile }: GitProgram): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configurationFile,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    // SAFETY: git before 2.45 does not know that one, and fetches what a repository lacks by what its settings say: a
    // program of its choice. This counts before any setting; what talks to another repository names its protocol.
    GIT_ALLOW_PROTOCOL: 'none',
    // A repository's replacements show other commits than those that are pushed.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_OPTIONAL_LOCKS: '0',
  };
}
