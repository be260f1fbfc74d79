import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** What of the host's PATH is there inside. */
export interface Toolchains {
  /** Folders to bind read-only at their own path; none lies below another. */
  readonly trees: readonly string[];
  /** PATH inside, in order. */
  readonly path: readonly string[];
  /** PATH inside for a workspace that chooses its own interpreter version (`.python-version`). */
  readonly pathWithShims: readonly string[];
  /** Variables the tools need to find what was bound. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Folders that every sandbox has anyway. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib64'];
/** Folders below a home that hold nothing but programs. */
const versionManagers = new Set(
  '.pyenv .rbenv .nodenv .goenv .asdf .volta .nvm .sdkman .bun .deno go'.split(' '),
);
/** Where a program's own parts lie. Everything else below a prefix in a home may be settings and secrets. */
const programFolders = ['bin', 'lib', 'lib64', 'libexec', 'include'];
/** Programs whose installation is looked up when PATH only has a link to it. */
const linkedPrograms = [
  'node',
  'npm',
  'python3',
  'go',
  'cargo',
  'ruby',
  'java',
  'php',
  'deno',
  'bun',
];

/**
 * Finds the installations behind PATH. Only whole program folders are taken; of a folder in somebody's home that may
 * also hold settings (`~/.cargo`, `~/.local`) only the parts with programs.
 */
export function findToolchains(path: string, home: string): Toolchains {
  const folders = [...new Set(path.split(':'))].filter(isToolFolder);
  const trees = new Set<string>();
  for (const folder of folders.flatMap((each) => [each, ...installationsLinkedFrom(each)])) {
    if (!isSystem(folder)) for (const tree of treesOf(folder, home)) trees.add(tree);
  }
  const modules = goModules(folders, home);
  if (modules !== undefined) trees.add(modules);
  return {
    trees: topmost([...trees].filter((tree) => existsSync(tree))),
    path: folders.flatMap((folder) => [...interpretersBehind(folder), folder]),
    pathWithShims: folders,
    environment: environmentOf(folders, modules),
  };
}

function isToolFolder(folder: string): boolean {
  // Package runners put the bin folders of their own project on PATH: those are no toolchain.
  if (!isAbsolute(folder) || folder.endsWith('/.bin') || folder.includes('/node_modules/')) {
    return false;
  }
  return existsSync(folder) && statSync(folder).isDirectory();
}

function isSystem(folder: string): boolean {
  return systemFolders.some((system) => folder === system || folder.startsWith(`${system}/`));
}

function installationsLinkedFrom(folder: string): string[] {
  return linkedPrograms
    .map((program) => join(folder, program))
    .filter((file) => existsSync(file))
    .map((file) => dirname(realpathSync(file)))
    .filter((real) => real !== folder && basename(real) === 'bin');
}

function treesOf(folder: string, home: string): string[] {
  const name = basename(folder);
  const prefix = dirname(folder);
  if (name === 'bin' && existsSync(join(folder, 'rustup'))) {
    return [folder, join(prefix, 'registry'), rustupHome(prefix)];
  }
  if ((name !== 'bin' && name !== 'shims') || isHome(prefix, home)) return [folder];
  if (isHome(dirname(prefix), home) && !versionManagers.has(basename(prefix))) {
    return [folder, ...programFolders.map((part) => join(prefix, part))];
  }
  return dirname(prefix) === '/' ? [folder] : [prefix];
}

function isHome(folder: string, home: string): boolean {
  return folder === home || folder === '/root' || dirname(folder) === '/home';
}

function rustupHome(cargoHome: string): string {
  return join(dirname(cargoHome), '.rustup');
}

function topmost(trees: readonly string[]): string[] {
  return trees
    .filter((tree) => !trees.some((other) => tree !== other && tree.startsWith(`${other}/`)))
    .toSorted();
}

/** A shim of pyenv starts bash scripts for some 50 ms; the versions it would choose by default are put before it. */
function interpretersBehind(folder: string): string[] {
  const chosen = join(dirname(folder), 'version');
  if (basename(folder) !== 'shims' || !existsSync(chosen)) return [];
  return readFileSync(chosen, 'utf8')
    .split(/\s+/)
    .filter((version) => /^[\w.-]+$/.test(version))
    .map((version) => join(dirname(folder), 'versions', version, 'bin'))
    .filter((bin) => existsSync(bin));
}

/** Modules that were downloaded on the host, so that Go builds without network. */
function goModules(folders: readonly string[], home: string): string | undefined {
  const modules = join(home, 'go', 'pkg', 'mod');
  const hasGo = folders.some((folder) => existsSync(join(folder, 'go')));
  return hasGo && existsSync(modules) ? modules : undefined;
}

function environmentOf(
  folders: readonly string[],
  modules: string | undefined,
): Record<string, string> {
  const rust = folders.find((folder) => existsSync(join(folder, 'rustup')));
  return {
    ...(rust === undefined || isSystem(rust) ? {} : { RUSTUP_HOME: rustupHome(dirname(rust)) }),
    ...(modules === undefined ? {} : { GOMODCACHE: modules }),
  };
}
