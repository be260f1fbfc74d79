import type { CallFacts } from '../../../domain/tools/facts.ts';
import type { ShellFactsContext } from '../../commands/shell-facts.ts';
import { withPlace, workspaceMountPoint } from '../../workspace/files/paths.ts';
import { createManifestReader } from '../../workspace/files/read-manifest.ts';
import { ToolError, type OpenWorkspace } from '../tool.ts';

/** Finds what a shell text would run. */
export type FindShellFacts = (text: string, context: ShellFactsContext) => Promise<CallFacts>;

/** The folder a command runs in, resolved; relative to the workspace, `.` for itself. */
export function resolveFolder(workspace: OpenWorkspace, path: string): Promise<string> {
  return withPlace(workspace.root, path, async (place) => {
    if (place.kind === 'folder') return place.path;
    throw new ToolError('not_found', `${path} is not a folder of the workspace`);
  });
}

/** Facts of a shell text in a folder of the workspace, with paths as the command sees them, and the secrets it is given. */
export async function factsOfCommand(
  find: FindShellFacts,
  workspace: OpenWorkspace,
  {
    text,
    folder,
    granted,
  }: { readonly text: string; readonly folder: string; readonly granted: readonly string[] },
): Promise<CallFacts> {
  const facts = await find(text, {
    workspaceRoot: workspaceMountPoint,
    cwd: folder === '.' ? workspaceMountPoint : `${workspaceMountPoint}/${folder}`,
    readManifest: createManifestReader(workspace.root),
  });
  return granted.length === 0 ? facts : { ...facts, secrets: granted };
}

/** A command and its parse, as an approver reads them. */
export function commandDetail(text: string, folder: string, facts: CallFacts): string {
  const commands = facts.commands.map(({ argv, assignments, via }) => {
    const wrapped = via.length === 0 ? '' : `   (in ${via.join(', ')})`;
    return `  ${[...assignments, ...argv].map((word) => quoted(word)).join(' ')}${wrapped}`;
  });
  return [
    text,
    ...(folder === '.' ? [] : [`in ${folder}`]),
    ...(facts.secrets ?? []).map((secret) => `given ${secret}`),
    ...(commands.length === 0 ? [] : ['', 'runs:', ...commands]),
    ...(facts.unresolved.length === 0
      ? []
      : ['', 'not understood:', ...facts.unresolved.map((reason) => `  ${reason}`)]),
  ].join('\n');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
