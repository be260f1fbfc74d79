import { closingBy, type ClosingOf } from '../../../domain/policy/closed-paths.ts';
import type { ScopedPolicy } from '../../../domain/policy/judge.ts';
import { matchesGlob } from '../../../domain/policy/patterns/glob.ts';
import type { PathFact } from '../../../domain/tools/facts.ts';
import type { HiddenPath } from '../../sandbox/sandbox-command.ts';
import { ToolError } from '../../tools/tool.ts';
import { listClosed, type ClosedPath, type KnownFolders } from './list-closed.ts';
import { trackedFiles, type KnownIndex } from './tracked-files.ts';

/** What decides which files the programs of one command may see. */
export interface Sight {
  /** Every policy that counts for the call. */
  readonly policies: readonly ScopedPolicy[];
  /** Paths that the call names: it was judged by them, and approved where policy asks. */
  readonly named: readonly PathFact[];
}

/** Workspaces of which the folders are remembered. */
const maxKnown = 32;
/** Most paths that are hidden: bubblewrap takes longer with each (measured: 30 ms for 100, 300 ms for 300). */
const maxHidden = 250;

interface Known {
  readonly closingOf: ClosingOf;
  readonly folders: KnownFolders;
  index: KnownIndex | undefined;
}

/**
 * Finds what policy closes to programs in workspaces, and remembers what it saw. Files that git tracks stay open: every
 * program can have them from the repository, and git would take an empty one for a change and show what stood in it.
 */
export class ClosedFiles {
  /** By policies and root, the one asked for last at the end. */
  readonly #known = new Map<string, Known>();

  /**
   * What the programs of a command are not to see, as the workspace is now.
   * @throws {ToolError} access_denied when it is too much.
   */
  async hiddenFrom(root: string, { policies, named }: Sight): Promise<readonly HiddenPath[]> {
    const known = this.#knownOf(root, policies);
    const { closingOf } = known;
    const matters = (path: string): boolean => closingOf(path) !== undefined;
    known.index = trackedFiles(root, matters, known.index);
    const { index } = known;
    const isOpen = (path: string): boolean => index?.paths.has(path) ?? false;
    const closed = await listClosed({ root, closingOf, isOpen }, known.folders);
    const asked = named.filter(({ path }) => closingOf(path) === 'ask');
    const hidden = closed.filter((one) => one.closing === 'deny' || !isNamed(one, asked));
    if (hidden.length <= maxHidden) return hidden;
    throw new ToolError(
      'access_denied',
      `policy closes ${hidden.length} files one by one, and more than ${maxHidden} cannot be hidden from a command: a person has to close their folder instead, or keep them out of the workspace`,
    );
  }

  #knownOf(root: string, policies: Sight['policies']): Known {
    const key = `${policies.map(({ policy }) => policy).join(' ')} ${root}`;
    const known = this.#known.get(key) ?? {
      closingOf: closingBy(policies.map(({ profile }) => profile)),
      folders: new Map(),
      index: undefined,
    };
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxKnown && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** A call that was asked for, and so approved, may read what it names, and what lies in a folder that it names. */
function isNamed({ path }: ClosedPath, asked: readonly PathFact[]): boolean {
  return asked.some((fact) =>
    fact.glob === true
      ? matchesGlob(fact.path, path)
      : fact.path === path || path.startsWith(`${fact.path}/`),
  );
}
