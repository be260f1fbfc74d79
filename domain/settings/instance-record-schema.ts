import { z } from 'zod';

/** A process that cannot be mistaken for a later one with the same number: pid and start time in clock ticks. */
const processRefSchema = z.strictObject({
  pid: z.int().positive(),
  /** Field 22 of `/proc/<pid>/stat`; `unknown` where the system has no such file. */
  startedTicks: z.string(),
});

/** One supervised part of a running instance. */
const partRecordSchema = z.strictObject({
  process: processRefSchema.optional(),
  restarts: z.int().nonnegative(),
  startedAt: z.iso.datetime(),
  /** False for a server that somebody else runs. */
  isOurs: z.boolean(),
});

/** What a running instance leaves in its data folder for other commands to find it. */
export const instanceRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  version: z.string(),
  startedAt: z.iso.datetime(),
  /** When the settings and policies in force were read; absent: by a version that reads them at its start only. */
  configuredAt: z.iso.datetime().optional(),
  supervisor: processRefSchema,
  temporalAddress: z.string(),
  temporalUi: z.string().optional(),
  /** Holds the local password: the file has mode 0600. */
  databaseUrl: z.string(),
  namespace: z.string(),
  taskQueue: z.string(),
  parts: z.strictObject({
    temporal: partRecordSchema,
    postgres: partRecordSchema,
    worker: partRecordSchema.optional(),
  }),
});

export type ProcessRef = Readonly<z.infer<typeof processRefSchema>>;
export type PartRecord = Readonly<z.infer<typeof partRecordSchema>>;
export type InstanceRecord = Readonly<z.infer<typeof instanceRecordSchema>>;
