/** Endings of files that interpreters, test runners and build tools run or load. */
const codeEnding =
  /\.(?:[cm]?[jt]sx?|py|pyi|pyx|pth|rb|pl|pm|php|lua|sh|bash|zsh|ksh|awk|sed|go|rs|c|cc|cpp|h|hpp|java|kts?|groovy|gradle|swift|cs|fsx?|r|jl|exs?|erl|hs|ml|scm|tcl|so|node|wasm|jar|mk)$/i;

/** Files by which programs are told what to run: manifests, settings, hooks, and folders that programs are looked up in. */
const settingFile =
  /(?:^|\/)(?:package\.(?:json5?|yaml)|deno\.jsonc?|composer\.json|pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|\.coveragerc|Cargo\.toml|go\.(?:mod|work)|(?:GNU)?[Mm]akefile|Rakefile|Gemfile|CMakeLists\.txt|build\.ninja|pom\.xml|build\.xml|\.npmrc|\.pnpmfile\.c?js|pnpm-workspace\.yaml|\.yarnrc(?:\.yml)?|bunfig\.toml|\.envrc|\.env\.cmd|\.[a-z]+rc(?:\.\w+)?|\.rspec|\.bash_profile|\.profile|\.gdbinit|\.gitattributes|\.gitmodules|lefthook\.ya?ml|\.pre-commit-config\.yaml|[\w.-]+\.config\.\w+|tsconfig[\w.]*\.json)$|(?:^|\/)(?:\.husky|\.githooks|hooks|\.cargo|\.bundle|node_modules|vendor\/bin|\.?venv|\.yarn)\//;

/** Folders that hold nothing of the host's and whose files nothing looks up by itself. */
const scratch = /^\/(?:tmp|var\/tmp|dev\/(?:shm|null|zero|full|tty|stdout|stderr|fd))(?:\/|$)/;

/**
 * Which files a text writes and which of them it runs. The order of the text does not count: functions, traps, loops and
 * what runs in the background come at other times than they are written at. Paths are absolute.
 */
export class FileUse {
  private readonly written = new Set<string>();
  private readonly copied = new Set<string>();
  private readonly unpacked = new Set<string>();
  private readonly checkedOut = new Set<string>();
  private readonly run = new Set<string>();
  private readonly settings = new Set<string>();
  private readonly runners = new Set<string>();
  private isAnyWritten = false;

  /** A file that is written. */
  write(path: string): void {
    this.written.add(path);
  }

  /** A file is written whose name is not known. */
  writeAny(): void {
    this.isAnyWritten = true;
  }

  /** Whole folders may come to stand at a path: copied from what is there, out of an archive, or out of git. */
  writeTree(path: string, origin: 'copy' | 'archive' | 'git'): void {
    if (origin === 'copy') this.copied.add(path);
    else if (origin === 'archive') this.unpacked.add(path);
    else this.checkedOut.add(path);
  }

  /** A file whose text was taken as what runs. */
  runFile(path: string): void {
    this.run.add(path);
  }

  /** A file that a program may take its settings from. */
  takeSettings(path: string): void {
    this.settings.add(path);
  }

  /** A program that runs or loads files which it is not told of. */
  runCode(name: string): void {
    this.runners.add(name);
  }

  /** True when the text may write this path before it is done. */
  isWritten(path: string): boolean {
    return this.isWrittenHere(path) || isUnder(path, this.copied) || isUnder(path, this.checkedOut);
  }

  /** Why what runs is not what stands in the files now; empty when it is. */
  reasons(): string[] {
    const run = [...this.run]
      .filter((path) => this.isWritten(path))
      .map((path) => `${nameOf(path)} is run and may be written by the same text`);
    const settings = [...this.settings]
      .filter(
        (path) => this.isWrittenHere(path) || isUnder(path, this.copied) || this.isInside(path),
      )
      .slice(0, 1)
      .map((path) => `${nameOf(path)} holds settings and may be written by the same text`);
    const [runner] = this.runners;
    const code = [...this.written].find((path) => codeEnding.test(path) || settingFile.test(path));
    const brought = code ?? [...this.unpacked, ...this.checkedOut][0];
    if (runner === undefined || brought === undefined) return [...run, ...settings];
    return [...run, ...settings, `${runner} runs code that this text brings (${nameOf(brought)})`];
  }

  private isInside(folder: string): boolean {
    return [...this.written].some((path) => path.startsWith(`${folder}/`));
  }

  private isWrittenHere(path: string): boolean {
    return this.isAnyWritten || this.written.has(path) || isUnder(path, this.unpacked);
  }
}

/** Says why writing a path changes what runs later, or undefined when it does not. `path` is as facts show it. */
export function writeReason(path: string): string | undefined {
  if (/(?:^|\/)\.git(?:\/|$)/.test(path)) return 'writing into .git changes what git runs later';
  if (!/^[/~]/.test(path) || scratch.test(path)) return undefined;
  return `${path} lies outside of the workspace`;
}

function isUnder(path: string, folders: ReadonlySet<string>): boolean {
  for (const folder of folders) {
    if (folder === '/' || path === folder || path.startsWith(`${folder}/`)) return true;
  }
  return false;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || '/';
}
