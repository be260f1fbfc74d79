import { FileUse } from './file-use.ts';
import { FindingsCollector } from './findings.ts';
import type { ShellFindings } from './findings.ts';
import { absolutePath } from './place.ts';
import type { Walk } from './programs/run-command.ts';
import { isNotable, plainPrograms, programName } from './programs/program-names.ts';
import type { ParseShell } from './syntax.ts';
import { VariableUse } from './variable-use.ts';
import { walkScript } from './walk-script.ts';

/** What the resolution of a shell text works with. */
export interface ResolveContext {
  readonly parse: ParseShell;
  /** The text of a file by its absolute path: manifests, makefiles, scripts. Undefined when there is none. */
  readonly readManifest: (path: string) => string | undefined;
  /** Absolute path of the workspace. */
  readonly workspaceRoot: string;
  /** Folder the text runs in, absolute or relative to the workspace. */
  readonly cwd: string;
}

/** Finds out what a shell text would run, read, write and talk to, and says why where it cannot be sure. */
export function resolveShell(text: string, context: ResolveContext): ShellFindings {
  const findings = new FindingsCollector();
  const parsed = context.parse(text);
  if (parsed.type === 'unparsed') {
    findings.addReason(`the text is not understood: ${parsed.reason}`);
    for (const argv of likelyCommands(text))
      findings.addCommand({ argv, assignments: [], via: ['unparsed text'] });
    return findings.findings();
  }
  const workspaceRoot = absolutePath('/', context.workspaceRoot);
  const walk: Walk = {
    parse: context.parse,
    readFile: context.readManifest,
    workspaceRoot,
    findings,
    text,
    files: new FileUse(),
    variables: new VariableUse(),
    walkScript: (script, place) => walkScript(walk, script, place),
  };
  walkScript(walk, parsed.script, {
    via: [],
    folders: [absolutePath(workspaceRoot, context.cwd)],
    depth: 0,
    contained: false,
    values: new Map(),
    isCertain: true,
    functions: new Set(),
  });
  for (const reason of walk.files.reasons()) findings.addReason(reason);
  const startsPrograms = findings
    .findings()
    .commands.some(({ argv: [name = ''] }) => !plainPrograms.has(programName(name) ?? name));
  for (const reason of walk.variables.reasons(startsPrograms)) findings.addReason(reason);
  noteAddresses(findings);
  return findings.findings();
}

/** What stands in the place of a command in a text that cannot be parsed: enough to deny it, never to allow it. */
function likelyCommands(text: string): string[][] {
  const places = text
    .slice(0, 65_536)
    .matchAll(
      /(?:^|[\n;|&({`!]|\b(?:then|do|else|time|coproc|exec|sudo|env|eval|if|while|until)[ \t])[ \t]*([\w./-]+)([^\n;|&)}`]*)/g,
    );
  return [...places]
    .filter((match) => isNotable(match[1] ?? ''))
    .slice(0, 20)
    .map((match) => [
      match[1] ?? '',
      ...(match[2] ?? '').split(/[ \t]+/).filter((word) => word !== ''),
    ]);
}

/** Hosts of the addresses that stand among the words of any command. */
function noteAddresses(findings: FindingsCollector): void {
  for (const { argv } of findings.findings().commands) {
    for (const word of argv) {
      for (const match of word.matchAll(
        /[a-z][a-z0-9+.-]*:\/\/(?:[^/@\s]*@)?([\w.-]+(?::\d+)?)/gi,
      )) {
        if (!match[0].startsWith('file:')) findings.addHost((match[1] ?? '').toLowerCase());
      }
    }
  }
}
