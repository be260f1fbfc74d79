import type { FileUse } from './file-use.ts';
import type { Place } from './place.ts';
import type { Word } from './syntax.ts';
import type { VariableUse } from './variable-use.ts';

/** One simple command while it is looked into, with what a handler may find out about it. */
export interface Call {
  /** The name the program is known by. */
  readonly name: string;
  /** The words after the name. */
  readonly args: readonly Word[];
  readonly place: Place;
  /** Lists the command that these words make, wrapped in `via`; without words it does nothing. */
  readonly run: (words: readonly Word[], via: string, changes?: PlaceChanges) => void;
  /** Reads a text as shell and lists what it runs; a word that is not known in full is a reason instead. */
  readonly runText: (text: Word, via: string, changes?: PlaceChanges) => void;
  /** Looks for names that stand out among the words, lists the commands they would make. */
  readonly runNotable: (words: readonly Word[], via: string) => void;
  readonly unresolved: (reason: string) => void;
  readonly reads: (path: Word | string) => void;
  readonly writes: (path: Word | string) => void;
  readonly talksTo: (host: string) => void;
  readonly destroys: () => void;
  /** The text of a file of the workspace, by absolute path; undefined when there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** Where the command leaves the shell, when it changes the folder. */
  readonly moveTo: (folders: readonly string[]) => void;
  /** Files that this text writes and runs. */
  readonly files: FileUse;
  /** Variables that this text sets. */
  readonly variables: VariableUse;
  /** Notes a variable that is set, and says so when that may change what runs; `value` is undefined when not known. */
  readonly sets: (name: string, value: string | undefined, reach: VariableReach) => void;
}

/** Who sees a variable: the programs that are started, or the shell alone unless it was passed on before. */
export type VariableReach = 'programs' | 'shell';

/** What may differ for a command inside of another. */
export type PlaceChanges = Partial<Pick<Place, 'folders' | 'contained' | 'input' | 'functions'>>;

/** Finds out what one program would do with its words. */
export type Handler = (call: Call) => void;

/** Handlers by the name of their program. */
export type Handlers = ReadonlyMap<string, Handler>;
