import type { FileHandle } from 'node:fs/promises';

import { HoldfastError, type ErrorCode } from '../../../domain/failures.ts';
import { ToolError } from '../../tools/tool.ts';
import { errorCode, openFolder, openFolderAt, readLinkAt, statAt } from './open-at.ts';

/** Where a path leads inside a workspace. Its handles are open only while `withPlace` runs. */
export interface Place {
  /** Relative to the workspace with every link resolved and forward slashes; `.` is the workspace itself. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'missing' | 'special';
  /** The folder itself when `kind` is folder; else the innermost existing folder on the way. */
  readonly folder: FileHandle;
  /** Folders that do not exist yet between `folder` and the last name, outermost first. */
  readonly missingFolders: readonly string[];
  /** Last name of the path; `.` for a folder. */
  readonly name: string;
}

/** Where the sandbox shows the workspace: models see this path in the output of commands and use it. */
export const workspaceMountPoint = '/workspace';

/** As many links as the kernel follows (MAXSYMLINKS, linux/namei.h). */
const maxLinks = 40;
/** Deepest path: each level is an open handle while the path is resolved. */
const maxDepth = 128;

/**
 * Resolves a path that a model named and hands the place to `use`: the one way from a named path to a file.
 *
 * The workspace belongs to processes that may be hostile and run at the same time, while the worker may be root. So
 * every component is opened from the open handle of its parent and never through a link; links are read and followed
 * here, inside the workspace only.
 *
 * @throws {ToolError} access_denied for a path that leaves the workspace, not_found for a component that is no folder.
 */
export async function withPlace<T>(
  root: string,
  path: string,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const handles: [FileHandle, ...FileHandle[]] = [await openRoot(root)];
  try {
    const place = await new Walk(root, path, handles).place();
    return await use(place);
  } catch (error) {
    throw pathError(error, path);
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

async function openRoot(root: string): Promise<FileHandle> {
  try {
    return await openFolder(root);
  } catch (error) {
    throw new HoldfastError('workspace_lost', `the workspace ${root} cannot be opened`, {
      cause: error,
    });
  }
}

interface Level {
  readonly name: string;
  readonly folder: FileHandle;
}

/** Follows one path. `pending` are the components still to go, first one next. */
class Walk {
  private readonly root: string;
  private readonly asked: string;
  private readonly top: FileHandle;
  private readonly handles: FileHandle[];
  private readonly levels: Level[] = [];
  private readonly missing: string[] = [];
  private pending: string[];
  private links = 0;

  /** `handles` gets every folder that is opened; its first is the workspace itself. */
  constructor(root: string, asked: string, handles: [FileHandle, ...FileHandle[]]) {
    this.root = root;
    this.asked = asked;
    this.top = handles[0];
    this.handles = handles;
    this.pending = this.components(asked);
  }

  async place(): Promise<Place> {
    for (let name = this.pending.shift(); name !== undefined; name = this.pending.shift()) {
      const found = await this.step(name);
      if (found !== undefined) return found;
    }
    const name = this.missing.pop();
    if (name === undefined) return this.found('folder', '.');
    return this.found('missing', name);
  }

  /** Goes one component on; gives the place when it was the last one and is no folder. */
  private async step(name: string): Promise<Place | undefined> {
    if (name === '..') return this.up();
    if (this.missing.length > 0) return this.miss(name);
    const entry = await statAt(this.here, name);
    if (entry === undefined) return this.miss(name);
    if (entry.isSymbolicLink()) return this.follow(name);
    if (entry.isDirectory()) return this.enter(name);
    if (this.pending.length > 0)
      throw new ToolError('not_found', `${this.asked}: ${name} is not a folder`);
    return this.found(entry.isFile() ? 'file' : 'special', name);
  }

  private up(): undefined {
    if (this.missing.length > 0) {
      throw new ToolError('not_found', `${this.asked}: ${this.missing.join('/')} does not exist`);
    }
    if (this.levels.pop() === undefined) throw outside(this.asked);
  }

  private miss(name: string): undefined {
    this.missing.push(name);
    this.checkDepth();
  }

  private async enter(name: string): Promise<undefined> {
    this.checkDepth();
    try {
      const folder = await openFolderAt(this.here, name);
      this.handles.push(folder);
      this.levels.push({ name, folder });
    } catch (error) {
      // Somebody put a link or a file in its place after we looked: look again, within the limit of links.
      if (!isSwapped(error)) throw error;
      this.countLink();
      this.pending.unshift(name);
    }
  }

  private async follow(name: string): Promise<undefined> {
    this.countLink();
    try {
      const target = await readLinkAt(this.here, name);
      this.pending.unshift(...this.components(target));
    } catch (error) {
      if (!isSwapped(error)) throw error;
      this.pending.unshift(name);
    }
  }

  /** Components of a path or of a link's target; an absolute one starts at the top again. */
  private components(path: string): string[] {
    if (path.includes('\0'))
      throw new ToolError('validation_error', 'a path cannot hold a NUL byte');
    const inside = path.startsWith('/') ? this.belowTop(path) : path;
    return inside.split('/').filter((name) => name !== '' && name !== '.');
  }

  private belowTop(path: string): string {
    for (const top of [workspaceMountPoint, this.root]) {
      if (path !== top && !path.startsWith(`${top}/`)) continue;
      this.levels.length = 0;
      return path.slice(top.length);
    }
    throw outside(this.asked);
  }

  private found(kind: Place['kind'], name: string): Place {
    const names = [...this.levels.map((level) => level.name), ...this.missing];
    if (name !== '.') names.push(name);
    return {
      path: names.length === 0 ? '.' : names.join('/'),
      kind,
      folder: this.here,
      missingFolders: [...this.missing],
      name,
    };
  }

  private countLink(): void {
    this.links += 1;
    if (this.links > maxLinks) {
      throw new ToolError('access_denied', `${this.asked}: too many symbolic links`);
    }
  }

  private checkDepth(): void {
    if (this.levels.length + this.missing.length > maxDepth) {
      throw new ToolError('validation_error', `the path is deeper than ${maxDepth} folders`);
    }
  }

  private get here(): FileHandle {
    return this.levels.at(-1)?.folder ?? this.top;
  }
}

function outside(path: string): ToolError {
  return new ToolError(
    'access_denied',
    `${path} leads out of the workspace; only files inside of it can be used, with paths relative to it`,
  );
}

/** True when an entry is not any more what it was when it was looked at. */
function isSwapped(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOTDIR' || code === 'ELOOP' || code === 'EINVAL' || code === 'ENOENT';
}

const pathErrors: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ['ENOENT', ['not_found', 'does not exist']],
  ['ENOTDIR', ['not_found', 'does not exist: a part of the path is no folder']],
  ['EACCES', ['access_denied', 'permission denied']],
  ['EPERM', ['access_denied', 'permission denied']],
  ['ELOOP', ['access_denied', 'is a symbolic link that changed while it was looked at']],
  ['ENXIO', ['access_denied', 'is not a plain file']],
  ['EISDIR', ['validation_error', 'is a folder']],
  ['ENAMETOOLONG', ['validation_error', 'has a name that is too long']],
  ['ENOSPC', ['execution_error', 'no space left on the disk']],
  ['EDQUOT', ['execution_error', 'no space left in the quota']],
]);

/** Turns a system error at a path into what the model can act on; anything unexpected stays as it is. */
function pathError(error: unknown, path: string): unknown {
  const known = pathErrors.get(errorCode(error) ?? '');
  if (known === undefined) return error;
  const [code, words] = known;
  return new ToolError(code, `${path.slice(0, 200)}: ${words}`);
}
