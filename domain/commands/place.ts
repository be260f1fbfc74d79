import type { Word } from './syntax.ts';

/** Where a command stands: what it is wrapped in, and in which folders it can run. Never changed, only copied. */
export interface Place {
  /** Names of the wrappers, outermost first. */
  readonly via: readonly string[];
  /** Folders the command may run in, absolute, at least one. */
  readonly folders: readonly string[];
  /** How deep texts and wrappers are nested. */
  readonly depth: number;
  /** True inside of a script of the repository that a runner starts. */
  readonly contained: boolean;
  /** What comes in by standard input, where it is written in the text itself. */
  readonly input?: Word;
  /** What loop variables stand for, where the text itself says it and sets them nowhere else. */
  readonly values: ReadonlyMap<string, readonly Word[]>;
  /** False where a statement may not run, or runs in a shell of its own: what it defines may not be there later. */
  readonly isCertain: boolean;
  /** Names of the functions that the text defines in any case. */
  readonly functions: ReadonlySet<string>;
}

/** Most folders that are followed; beyond that a text is not understood. */
export const maxFolders = 6;

/** The place with the folders of another one added. */
export function withFoldersOf(place: Place, other: Place): Place {
  const folders = [...new Set([...place.folders, ...other.folders])];
  const functions = new Set([...place.functions, ...other.functions]);
  return { ...place, folders, functions };
}

/** The absolute path that a text means in a folder; both use forward slashes. */
export function absolutePath(folder: string, text: string): string {
  const parts: string[] = [];
  for (const part of (text.startsWith('/') ? text : `${folder}/${text}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A path as facts show it: relative to the workspace, `.` for the workspace itself, absolute outside of it. */
export function factPath(workspaceRoot: string, path: string): string {
  const root = absolutePath('/', workspaceRoot);
  if (path === root) return '.';
  const prefix = root === '/' ? '/' : `${root}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
