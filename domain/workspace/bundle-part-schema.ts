import { z } from 'zod';

/** Paths are bytes: each character of a path or of a link's target is one byte (latin1). */
const bytesSchema = z.string().min(1);

/** A piece of a file: number of the pack in `packs`, where it begins there, its length, where it goes in the file. */
const pieceSchema = z.tuple([z.int().min(0), z.int().min(0), z.int().min(1), z.int().min(0)]);

const entrySchema = z.strictObject({
  path: bytesSchema,
  kind: z.enum(['file', 'folder', 'link']),
  /** Permission bits. */
  mode: z.int().min(0).max(0o7777),
  /** Time of the last change, in seconds since 1970, with its fraction. */
  time: z.number(),
  /** True for what belongs to the worker and not to the user of the workspace. */
  isOurs: z.boolean().optional(),
  /** Of a link. */
  target: bytesSchema.optional(),
  /** Of a file, in bytes; what no piece covers are zeros. */
  size: z.int().min(0).optional(),
  pieces: z.array(pieceSchema).optional(),
});

/** One part of a bundle: what is new or changed since the parts before it, and what is gone. */
export const bundlePartSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Blobs with contents of files. */
  packs: z.array(z.string().min(1)),
  entries: z.array(entrySchema),
  gone: z.array(bytesSchema),
  /** What is not in the bundle although it is in the workspace, at most some hundreds; `leftOutCount` counts all. */
  leftOut: z.array(z.string()),
  leftOutCount: z.int().min(0),
});

export type BundlePart = z.infer<typeof bundlePartSchema>;
export type BundleEntry = BundlePart['entries'][number];
export type BundlePiece = z.infer<typeof pieceSchema>;
