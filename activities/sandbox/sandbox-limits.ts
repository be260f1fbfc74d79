/** What one sandboxed command may use. */
export interface SandboxLimits {
  /** Memory of the whole process tree, files in its temporary folders included. Bytes. */
  readonly memoryBytes: number;
  /** Processes and threads alive at once, two of the sandbox's own included. */
  readonly processes: number;
  /** Processor time per wall time: 1.5 is one and a half cores. */
  readonly cpus: number;
  /** Wall time. Milliseconds. */
  readonly wallMs: number;
  /** Largest single file. Bytes. */
  readonly fileSizeBytes: number;
  /** Everything in the workspace, and in a lasting home, together. Bytes. */
  readonly storageBytes: number;
  /** Output that is kept; what comes after it is counted and dropped. Bytes. */
  readonly outputBytes: number;
}

/** Limits of a command for which nobody set others. */
export const defaultSandboxLimits: SandboxLimits = {
  memoryBytes: 2 * 1024 ** 3,
  processes: 100,
  cpus: 2,
  wallMs: 120_000,
  fileSizeBytes: 2 * 1024 ** 3,
  storageBytes: 10 * 1024 ** 3,
  outputBytes: 16 * 1024 ** 2,
};

/** Lays limits over each other, later over earlier, and cuts the sum to the ceiling; a field missing everywhere is the default's. */
export function layerSandboxLimits(
  layers: readonly Partial<SandboxLimits>[],
  ceiling: Partial<SandboxLimits> = {},
): SandboxLimits {
  const wanted: SandboxLimits = Object.assign({}, defaultSandboxLimits, ...layers);
  const cut = (key: keyof SandboxLimits): number =>
    Math.min(wanted[key], ceiling[key] ?? Number.POSITIVE_INFINITY);
  return {
    memoryBytes: cut('memoryBytes'),
    processes: cut('processes'),
    cpus: cut('cpus'),
    wallMs: cut('wallMs'),
    fileSizeBytes: cut('fileSizeBytes'),
    storageBytes: cut('storageBytes'),
    outputBytes: cut('outputBytes'),
  };
}
