import { addWrite, withValues } from '../add-write.ts';
import { checkAssignment, isAssignment, setVariable } from '../assignments.ts';
import { pathCandidates, pathFacts } from '../argument-paths.ts';
import type { Call, PlaceChanges, VariableReach } from '../call.ts';
import type { FileUse } from '../file-use.ts';
import type { FindingsCollector } from '../findings.ts';
import { withFoldersOf } from '../place.ts';
import type { Place } from '../place.ts';
import {
  handlerOf,
  hasAnswer,
  isKnownProgram,
  runsCode,
  takesAnyWords,
} from './program-handlers.ts';
import { isNotable, programName } from './program-names.ts';
import { displayText, literalText } from '../syntax.ts';
import type { ParseShell, Script, Word } from '../syntax.ts';
import type { VariableUse } from '../variable-use.ts';

/** How deep wrappers and texts may be nested and still count as understood. */
const maxDepth = 16;
/** Most commands that are made out of the words of a program that is not understood. */
const maxNotable = 3;

/** What a walk through a text works with. */
export interface Walk {
  readonly parse: ParseShell;
  readonly readFile: (path: string) => string | undefined;
  readonly workspaceRoot: string;
  readonly findings: FindingsCollector;
  /** The whole text. */
  readonly text: string;
  /** Files that the text writes and runs, as far as known. */
  readonly files: FileUse;
  /** Variables that the text sets. */
  readonly variables: VariableUse;
  /** Walks a script and gives the place it leaves the shell in. */
  readonly walkScript: (script: Script, place: Place) => Place;
}

/**
 * Lists one simple command and everything it would run in turn. Gives the place after it, which differs for `cd` and
 * for texts that run in the same shell.
 */
export function runCommand(walk: Walk, words: readonly Word[], place: Place): Place {
  const { assignments, rest } = splitAssignments(words);
  return runWords(walk, { assignments, rest }, place);
}

interface SplitWords {
  readonly assignments: readonly Word[];
  readonly rest: readonly Word[];
}

/** Behind a wrapper every word is a word: `command A=1 b` runs a program named `A=1`. */
function runWords(walk: Walk, { assignments, rest }: SplitWords, place: Place): Place {
  const reach = rest.length === 0 ? 'shell' : 'programs';
  for (const word of assignments) checkAssignment(walk, word, { place, reach });
  const [first, ...args] = rest;
  if (first === undefined) return place;
  const isExpanding = rest.some((word) => literalText(word) === undefined);
  walk.findings.addCommand({
    argv: rest.map(displayText),
    assignments: assignments.map(displayText).toSorted(),
    via: place.via,
    ...(isExpanding ? { expands: true as const } : {}),
    ...(place.contained ? { contained: true as const } : {}),
    ...(isUnknown(first, place) ? { unknown: true as const } : {}),
  });
  const call = new CommandCall(walk, args, place);
  return call.look(first);
}

/** What a script of the repository runs is the repository's own, as are the functions of the text. */
function isUnknown(first: Word, place: Place): boolean {
  const written = literalText(first);
  const name = written === undefined ? undefined : programName(written);
  if (name === undefined || name === '' || place.contained || place.functions.has(name))
    return false;
  return !hasAnswer(name);
}

function splitAssignments(words: readonly Word[]): SplitWords {
  const at = words.findIndex((word) => !isAssignment(word));
  if (at < 0) return { assignments: [...words], rest: [] };
  return { assignments: words.slice(0, at), rest: words.slice(at) };
}

class CommandCall implements Call {
  name = '';
  readonly args: readonly Word[];
  readonly place: Place;
  readonly files: FileUse;
  readonly variables: VariableUse;
  private readonly walk: Walk;
  private after: Place;

  constructor(walk: Walk, args: readonly Word[], place: Place) {
    this.walk = walk;
    this.files = walk.files;
    this.variables = walk.variables;
    this.args = args;
    this.place = place;
    this.after = place;
  }

  look(first: Word): Place {
    const written = literalText(first);
    const name = written === undefined ? undefined : programName(written);
    if (this.place.depth > maxDepth) {
      this.unresolved('commands are wrapped too deep');
      return this.place;
    }
    if (written === undefined || written === '') {
      this.unresolved(`the name of a command is not known: ${first.raw}`);
      this.runNotable(this.args, first.raw);
      return this.place;
    }
    if (name === undefined) return this.lookAtPath(written);
    if (/[^\x21-\x7E]/.test(name)) this.unresolved(`${name} is no name that programs have`);
    this.name = name;
    if (this.place.functions.has(name)) return this.after;
    const expanding = this.args.find((word) => literalText(word) === undefined);
    if (expanding !== undefined && !takesAnyWords(name) && !readsWordsItself.has(name)) {
      this.unresolved(`${name}: a word is not known: ${expanding.raw}`);
    }
    if (runsCode(name)) this.walk.files.runCode(name);
    handlerOf(name)(this.bound());
    return this.after;
  }

  private lookAtPath(written: string): Place {
    this.unresolved(`${written} is a program at a path of its own`);
    this.name = written;
    this.runNotable(this.args, written);
    const base = written.slice(written.lastIndexOf('/') + 1);
    const known = programName(base) ?? base;
    if (isKnownProgram(known)) {
      this.name = known;
      handlerOf(known)(this.bound());
    }
    this.reads(written);
    return this.after;
  }

  /** A plain object, because handlers make changed copies of it. */
  private bound(): Call {
    return {
      name: this.name,
      args: this.args,
      place: this.place,
      run: this.run,
      runText: this.runText,
      runNotable: this.runNotable,
      unresolved: this.unresolved,
      reads: this.reads,
      writes: this.writes,
      talksTo: this.talksTo,
      destroys: this.destroys,
      readFile: this.readFile,
      moveTo: this.moveTo,
      files: this.files,
      variables: this.variables,
      sets: this.sets,
    };
  }

  private inner(via: string, changes: PlaceChanges = {}): Place {
    // Functions are the shell's own: another program, or another shell, runs the program of that name.
    const functions = staysInShell.has(via) ? this.place.functions : new Set<string>();
    return {
      ...this.place,
      functions,
      ...changes,
      via: [...this.place.via, via],
      depth: this.place.depth + 1,
    };
  }

  readonly run = (words: readonly Word[], via: string, changes?: PlaceChanges): void => {
    if (words.length === 0) return;
    this.after = withFoldersOf(
      this.after,
      runWords(this.walk, { assignments: [], rest: words }, this.inner(via, changes)),
    );
  };

  readonly runText = (text: Word, via: string, changes?: PlaceChanges): void => {
    const isKnown = literalText(text) !== undefined;
    if (!isKnown) this.unresolved(`${via}: the text is not known`);
    if (this.place.depth > maxDepth) return this.unresolved('commands are wrapped too deep');
    const parsed = this.walk.parse(displayText(text));
    if (parsed.type === 'unparsed') return this.unresolved(`${via}: ${parsed.reason}`);
    const after = this.walk.walkScript(parsed.script, this.inner(via, changes));
    if (via === 'eval') this.after = withFoldersOf(this.after, after);
  };

  readonly runNotable = (words: readonly Word[], via: string): void => {
    let found = 0;
    for (const [at, word] of words.entries()) {
      const text = literalText(word);
      if (text === undefined || !isNotable(text) || found >= maxNotable) continue;
      found += 1;
      this.run(words.slice(at), via);
    }
  };

  readonly unresolved = (reason: string): void => this.walk.findings.addReason(reason);

  readonly reads = (path: Word | string): void => {
    const words = typeof path === 'string' ? [path] : withValues(path, this.place);
    for (const word of words.flatMap(candidateWords)) {
      for (const fact of pathFacts(word, 'read', this.pathContext()))
        this.walk.findings.addPath(fact);
    }
  };

  readonly writes = (path: Word | string): void => {
    const word = typeof path === 'string' ? textWord(path) : path;
    for (const one of withValues(word, this.place)) addWrite(this.walk, one, this.place);
  };

  private pathContext(): { readonly folders: readonly string[]; readonly workspaceRoot: string } {
    return { folders: this.place.folders, workspaceRoot: this.walk.workspaceRoot };
  }

  readonly sets = (name: string, value: string | undefined, reach: VariableReach): void => {
    setVariable(this.walk, { name, value }, { place: this.place, reach });
  };

  readonly talksTo = (host: string): void => this.walk.findings.addHost(host.toLowerCase());

  readonly destroys = (): void => this.walk.findings.markDestructive();

  readonly readFile = (path: string): string | undefined => this.walk.readFile(path);

  readonly moveTo = (folders: readonly string[]): void => {
    this.after = { ...this.after, folders };
  };
}

/** Programs whose handler says itself what it cannot know among its words. */
const readsWordsItself: ReadonlySet<string> = new Set(
  `env sudo doas nice ionice nohup timeout time stdbuf setsid xargs find parallel eval exec command builtin busybox
  sh bash dash zsh ksh trap alias export declare typeset local readonly read unset printf test [ set cd source . awk sed
  gawk mawk flock watch script npm pnpm yarn npx make python python3 node cross-env chrt taskset concurrently less more
  view`.split(/\s+/),
);

/** What reads a text in the same shell. */
const staysInShell: ReadonlySet<string> = new Set(['eval', 'trap', 'alias']);

function candidateWords(path: Word | string): Word[] {
  if (typeof path !== 'string' && literalText(path) === undefined)
    return displayText(path).startsWith('-') ? [] : [path];
  const word = typeof path === 'string' ? textWord(path) : path;
  if (word.parts[0]?.type === 'tilde') return [word];
  return pathCandidates(displayText(word)).map(textWord);
}

function textWord(text: string): Word {
  return { raw: text, parts: [{ type: 'quoted', text }] };
}
