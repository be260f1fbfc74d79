import type { InstanceRecord } from '../../domain/settings/instance-record-schema.ts';
import type { HoldfastClient } from '../holdfast-client.ts';
import type { KillSwitchClient } from '../kill-switch-client.ts';
import type { Output } from './output/output.ts';
import type { ProgramRunner } from './instance/program-runner.ts';
import type { Prompter } from './people/prompts/prompter.ts';

/** Takes text; standard output and standard error in production, a list of strings in tests. */
export interface TextWriter {
  readonly write: (text: string) => unknown;
}

/** How the user wants output. Every command takes these options. */
export interface OutputFlags {
  /** Exactly one JSON document on standard output. */
  readonly json: boolean;
  /** Nothing on standard error but errors. */
  readonly quiet: boolean;
  /** Details and stack traces on standard error. */
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Which of the three streams a person is looking at, and how wide the terminal is. */
export interface TerminalFacts {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly columns: number;
}

/** The values of the process that `main.ts` hands in; nothing else of a command reads the process. */
export interface ProcessFacts {
  readonly version: string;
  readonly nodeVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  readonly userFolder: string;
  /** As Node names it: linux, darwin, win32. */
  readonly platform: string;
  readonly isRoot: boolean;
  readonly terminal: TerminalFacts;
  readonly sendSignal: (pid: number, signal: NodeJS.Signals | 0) => void;
}

/** What every command gets: where to write, what the user asked for, and the doors to everything else. */
export interface CommandContext extends ProcessFacts {
  readonly stdout: TextWriter;
  readonly stderr: TextWriter;
  /** Absolute path of the data folder. */
  readonly home: string;
  readonly output: Output;
  /** Starts programs of `workers/`. */
  readonly programs: ProgramRunner;
  /** The flags of this invocation; read them inside the action, they are known only then. */
  readonly flags: () => OutputFlags;
  /** Exit code of a command that ended without an error but not well (1, 4, 124); 0 otherwise. */
  readonly setExitCode: (code: number) => void;
  /**
   * The running instance of the data folder.
   * @throws {HoldfastError} unavailable (exit 75) with the command that starts one.
   */
  readonly instance: () => Promise<InstanceRecord>;
  /**
   * Opens the installation that commands speak to; close it when done.
   * @throws {HoldfastError} unavailable (exit 75) with the command that starts one.
   */
  readonly client: () => Promise<HoldfastClient>;
  /**
   * Opens the kill switch, which needs nothing but the database; close it when done.
   * @throws {HoldfastError} unavailable (exit 75) when no database is known.
   */
  readonly killSwitch: () => Promise<KillSwitchClient>;
  /** Asks the person at the terminal; only where {@link canPrompt} says so. */
  readonly prompter: () => Promise<Prompter>;
  /** What is piped into the command. */
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /** Writes to standard output what is no text, as it is. */
  readonly writeBytes: (bytes: Uint8Array) => void;
  /** Calls `listener` on Ctrl-C or SIGTERM instead of ending; returns how to stop listening. */
  readonly onInterrupt: (listener: (signal: NodeJS.Signals) => void) => () => void;
  /** Sets the flags; the frame does this before each action. */
  readonly setFlags: (flags: OutputFlags) => void;
}
