import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { hashJson } from '../../../../storage/hashing.ts';
import { ToolError } from '../../tool.ts';

/** A repository of playbooks with more than this is none. */
const mostFiles = 50_000;
/** A text in which a variable may be used is not larger. Bytes. */
const largestText = 1024 ** 2;

/**
 * Hashes every file below a folder with path, kind and content, `.git` left out; undefined when it is not there.
 * @throws {ToolError} payload_too_large for more than 50,000 files.
 */
export async function contentOf(root: string): Promise<string> {
  const marks: string[] = [];
  for (const path of await filesIn(root)) {
    const full = join(root, path);
    const stats = await lstat(full);
    if (stats.isSymbolicLink()) marks.push(`${path}\0link\0${await readlink(full)}`);
    else if (stats.isFile()) {
      marks.push(
        `${path}\0${(stats.mode & 0o111) === 0 ? 'file' : 'program'}\0${await hashOf(full)}`,
      );
    } else marks.push(`${path}\0other`);
  }
  return hashJson(marks);
}

/** Every YAML file and template below a folder, as text. */
export async function textsIn(root: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const path of await filesIn(root)) {
    if (!/\.(?:ya?ml|j2|jinja2?)$/.test(path)) continue;
    const full = join(root, path);
    const stats = await lstat(full);
    if (stats.isFile() && stats.size <= largestText) texts.push(await readFile(full, 'utf8'));
  }
  return texts;
}

async function filesIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/(?:^|\/)\.git(?:\/|$)/.test(path));
  if (paths.length > mostFiles) {
    throw new ToolError(
      'payload_too_large',
      `${paths.length} files are no repository of playbooks`,
    );
  }
  return paths.toSorted();
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}
