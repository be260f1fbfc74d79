import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

import { bundlePartSchema, type BundlePart } from '../../../domain/workspace/bundle-part-schema.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Largest part or pack that is unpacked: a million entries take less. Bytes. */
const maxUnpackedBytes = 1024 ** 3;

/** A part as it is stored. */
export async function encodePart(part: BundlePart): Promise<Buffer> {
  return deflate(Buffer.from(JSON.stringify(part)), { level: 1 });
}

/** Reads a stored part. @throws when it is none. */
export async function decodePart(bytes: Buffer): Promise<BundlePart> {
  return bundlePartSchema.parse(JSON.parse((await unpack(bytes)).toString('utf8')));
}

/** What a pack holds. */
export async function unpack(bytes: Buffer): Promise<Buffer> {
  return inflate(bytes, { maxOutputLength: maxUnpackedBytes });
}
