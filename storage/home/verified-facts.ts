import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { makeFolder } from './make-folder.ts';

/**
 * Remembers facts about files that are slow to find out (a checksum, a program's version), valid as long as size and
 * modification time of the file stay. A missing or damaged memory only costs time.
 */
export interface VerifiedFacts {
  /** Gives the remembered fact, or finds it out by `find` and remembers it. `file` must exist. */
  readonly recall: (file: string, fact: string, find: () => Promise<string>) => Promise<string>;
}

/** Opens the memory kept in the file `path`. */
export function openVerifiedFacts(path: string): VerifiedFacts {
  const facts = readFacts(path);
  return {
    recall: async (file, fact, find) => {
      const { size, mtimeMs } = statSync(file);
      const key = `${fact} ${file} ${size} ${Math.trunc(mtimeMs)}`;
      const known = facts.get(key);
      if (known !== undefined) return known;
      const found = await find();
      facts.set(key, found);
      saveFacts(path, facts);
      return found;
    },
  };
}

/** SHA-256 of a file's content, in hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function readFacts(path: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(
      Object.entries(value).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    );
  } catch {
    return new Map();
  }
}

function saveFacts(path: string, facts: ReadonlyMap<string, string>): void {
  // Two set-ups may write at once: each by a name of its own, the last one stays.
  const whole = `${path}.${randomUUID()}`;
  try {
    makeFolder(dirname(path), 0o777);
    writeFileSync(whole, `${JSON.stringify(Object.fromEntries(facts), null, 2)}\n`);
    renameSync(whole, path);
  } catch {
    // A shared cache may belong to somebody else: the fact is found out again next time.
  }
}
