/** A command that may begin only once, and that outlives its worker. */
export interface Launch {
  /** Names it among all launches of this host, 1 to 100 of `[a-z0-9-]`. */
  readonly name: string;
  /** Bytes of its output that were handed on already, by workers before this one too. */
  readonly handedOnBytes: number;
  /** True for reasons of an abort that end the worker and not the command: that runs on for another worker. */
  readonly leavesRunning: (reason: unknown) => boolean;
}

/** Thrown when nobody can tell what became of a command. The message says why. */
export class CommandLost extends Error {
  override readonly name = 'CommandLost';
}

/** Thrown when a worker before this one has ended the command, and nothing of it runs any more. */
export class CommandStopped extends Error {
  override readonly name = 'CommandStopped';

  constructor() {
    super('another worker ended it, because the run was stopped');
  }
}
