import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';

import type { Hash } from '../../../domain/json.ts';
import type { BundlePiece } from '../../../domain/workspace/bundle-part-schema.ts';

const deflate = promisify(deflateRaw);

/** Largest pack before it is compressed. Bytes. */
const maxPackBytes = 4 * 1024 * 1024;

/**
 * Gathers contents of files into packs and stores each under its hash. Where packs end depends on the names of files
 * only, as far as it can: two workspaces of the same project share most of their packs.
 */
export class PackWriter {
  readonly #store: (bytes: Buffer) => Promise<Hash>;
  readonly #packs: Hash[] = [];
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(store: (bytes: Buffer) => Promise<Hash>) {
    this.#store = store;
  }

  /** Adds bytes that go to `at` in a file; pieces in their order, one for each pack they fell into. */
  async add(bytes: Buffer, at: number): Promise<readonly BundlePiece[]> {
    const pieces: BundlePiece[] = [];
    for (let done = 0; done < bytes.byteLength;) {
      const part = bytes.subarray(done, done + maxPackBytes - this.#openBytes);
      pieces.push([this.#packs.length, this.#openBytes, part.byteLength, at + done]);
      this.#open.push(part);
      this.#openBytes += part.byteLength;
      done += part.byteLength;
      if (this.#openBytes === maxPackBytes) await this.flush();
    }
    return pieces;
  }

  /** Ends a file: its name decides whether a pack ends behind it. */
  async endFile(path: string): Promise<void> {
    if (endsPack(path)) await this.flush();
  }

  /** Stores what is gathered. */
  async flush(): Promise<void> {
    if (this.#openBytes === 0) return;
    const bytes = await deflate(Buffer.concat(this.#open), { level: 1 });
    this.#packs.push(await this.#store(bytes));
    this.#open = [];
    this.#openBytes = 0;
  }

  /** Hashes of the packs, in the order that pieces count them. Call it behind the last {@link flush}. */
  get packs(): readonly Hash[] {
    return this.#packs;
  }
}

/** One name in 256. */
function endsPack(path: string): boolean {
  let sum = 0;
  for (let index = 0; index < path.length; index += 1) {
    sum = (sum * 31 + path.charCodeAt(index)) % 65_521;
  }
  return sum % 256 === 0;
}
