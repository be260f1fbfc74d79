import { resolveShell } from '../../domain/commands/resolve-shell.ts';
import type { ParseShell } from '../../domain/commands/syntax.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import { loadShellParser } from './parse-shell.ts';

/** Where a shell text would run, and how files that it runs are read. */
export interface ShellFactsContext {
  /** Absolute path of the workspace. */
  readonly workspaceRoot: string;
  /** Folder of the call, absolute or relative to the workspace; the workspace itself when absent. */
  readonly cwd?: string;
  /** The text of a manifest, makefile or script by its absolute path; undefined when there is none or it lies outside. */
  readonly readManifest: (path: string) => string | undefined;
}

/** Finds the facts of a shell text. Loads the grammar at the first call. */
export async function shellFacts(text: string, context: ShellFactsContext): Promise<CallFacts> {
  return factsOfShell(text, context, await loadShellParser());
}

/** Finds the facts of a shell text with a parser that is loaded. */
function factsOfShell(text: string, context: ShellFactsContext, parse: ParseShell): CallFacts {
  const { workspaceRoot, cwd = '.', readManifest } = context;
  const found = resolveShell(text, { parse, readManifest, workspaceRoot, cwd });
  return {
    access: found.destructive ? 'destructive' : 'change',
    paths: found.paths,
    commands: found.commands,
    hosts: found.hosts,
    unresolved: found.unresolved,
  };
}
