/** Where the parts of an entry lie, in bytes from its start (gitformat-index(5)). */
const at = { object: 40, flags: 60, path: 62 } as const;
const headerBytes = 12;
/** Set in the flags of an entry that has two bytes more of them. */
const extendedFlag = 0x4000;
/** The object of an empty file. */
const emptyObject = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

/**
 * Gives the paths of an index of git, in its order, but for empty files. What is no index, or is cut off, ends the list.
 * Formats 2 to 4 with SHA-1.
 */
export function* pathsInIndex(index: Buffer): Generator<string, void, undefined> {
  if (index.length < headerBytes || index.toString('latin1', 0, 4) !== 'DIRC') return;
  const version = index.readUInt32BE(4);
  let before = Buffer.alloc(0);
  let start = headerBytes;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    if (start + at.path > index.length) return;
    const isExtended = (index.readUInt16BE(start + at.flags) & extendedFlag) !== 0;
    const first = start + at.path + (isExtended ? 2 : 0);
    const shared = version === 4 ? sharedBytes(index, first, before) : { bytes: 0, next: first };
    const end = index.indexOf(0, shared.next);
    if (end === -1) return;
    const path = Buffer.concat([
      before.subarray(0, shared.bytes),
      index.subarray(shared.next, end),
    ]);
    const object = index.toString('hex', start + at.object, start + at.flags);
    if (object !== emptyObject) yield path.toString('utf8');
    before = path;
    // Entries of formats 2 and 3 are filled up with 1 to 8 NULs to a multiple of 8.
    start = version === 4 ? end + 1 : start + (Math.floor((end - start) / 8) + 1) * 8;
  }
}

/** How much of the path before it an entry of format 4 begins with, and where the rest of its own stands. */
function sharedBytes(
  index: Buffer,
  start: number,
  before: Buffer,
): { readonly bytes: number; readonly next: number } {
  let byte = index[start] ?? 0;
  let dropped = byte & 0x7f;
  let next = start + 1;
  while ((byte & 0x80) !== 0 && next < index.length) {
    byte = index[next] ?? 0;
    dropped = (dropped + 1) * 128 + (byte & 0x7f);
    next += 1;
  }
  return { bytes: Math.max(0, before.length - dropped), next };
}
