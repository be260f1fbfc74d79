import { isJsonObject } from '../../domain/json.ts';
import { absolutePath, factPath } from '../../domain/commands/place.ts';
import type { SimpleCommand } from '../../domain/commands/simple-command.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { Access } from '../../domain/tools/access.ts';
import type { CallFacts, PathFact } from '../../domain/tools/facts.ts';
import { carriesData } from '../tools/http/carried-data.ts';

interface InspectedTool {
  readonly access: Access;
  /** Whether the tool works on a path of the workspace, and how. */
  readonly path?: PathFact['operation'];
}

const tools: ReadonlyMap<string, InspectedTool> = new Map<string, InspectedTool>([
  ['read_file', { access: 'read', path: 'read' }],
  ['list_files', { access: 'read', path: 'read' }],
  ['find_files', { access: 'read', path: 'read' }],
  ['search_text', { access: 'read', path: 'read' }],
  ['edit_file', { access: 'change', path: 'write' }],
  ['write_file', { access: 'change', path: 'write' }],
  ['shell', { access: 'change' }],
  ['run_tests', { access: 'change' }],
  ['git_status', { access: 'read' }],
  ['git_diff', { access: 'read' }],
  ['git_log', { access: 'read' }],
  ['git_commit', { access: 'change' }],
  ['git_branch', { access: 'change' }],
  ['git_push', { access: 'change' }],
  ['http_fetch', { access: 'read' }],
  ['http_request', { access: 'change' }],
  ['find_playbook', { access: 'read' }],
  ['lint_playbook', { access: 'read' }],
  ['scaffold_playbook', { access: 'change' }],
  ['preview_playbook', { access: 'read' }],
  ['apply_playbook', { access: 'destructive' }],
  ['ask_person', { access: 'wait' }],
  ['finish', { access: 'finish' }],
]);

/** Where paths without a workspace are taken to lie. */
export const assumedRoot = '/workspace';

/**
 * The facts of a call that is only looked at, for every built-in tool but `shell`.
 * @throws {HoldfastError} not_found for a tool that does not exist, invalid_argument for arguments it cannot take.
 */
export function inspectedFacts(
  tool: string,
  given: { readonly [name: string]: unknown },
): CallFacts {
  const known = tools.get(tool);
  if (known === undefined) {
    throw new HoldfastError('not_found', `there is no tool named ${tool}`, {
      suggestion: `known tools: ${[...tools.keys()].join(', ')}`,
    });
  }
  return {
    access: known.access,
    paths: known.path === undefined ? [] : pathsOf(tool, given, known.path),
    commands: tool === 'git_push' ? [pushOf(given)] : [],
    hosts: tool === 'http_fetch' || tool === 'http_request' ? [hostOf(tool, given['url'])] : [],
    ...(tool === 'http_fetch' && carries(given) ? { carries: true as const } : {}),
    unresolved: [],
  };
}

/** Whether the branch is the default one only the remote can say. */
function pushOf({ remote, branch }: { readonly [name: string]: unknown }): SimpleCommand {
  const words = [remote ?? 'origin', branch ?? 'HEAD'].map(String);
  return { argv: ['git', 'push', ...words], assignments: [], via: [] };
}

function pathsOf(
  tool: string,
  given: { readonly [name: string]: unknown },
  operation: PathFact['operation'],
): PathFact[] {
  const path =
    given['path'] ??
    given['file'] ??
    (operation === 'read' && tool !== 'read_file' ? '.' : undefined);
  if (typeof path !== 'string' || path === '') {
    throw new HoldfastError('invalid_argument', `${tool} needs a path`, {
      fieldErrors: [{ field: 'arguments.path', constraint: 'must be a text that is not empty' }],
    });
  }
  return [{ path: factPath(assumedRoot, absolutePath(assumedRoot, path)), operation }];
}

function carries({ url, headers }: { readonly [name: string]: unknown }): boolean {
  return carriesData(new URL(String(url)), isJsonObject(headers) ? headers : {});
}

function hostOf(tool: string, url: unknown): string {
  try {
    const { hostname, port } = new URL(String(url));
    return port === '' ? hostname.toLowerCase() : `${hostname.toLowerCase()}:${port}`;
  } catch {
    throw new HoldfastError('invalid_argument', `${tool} needs a url`, {
      fieldErrors: [{ field: 'arguments.url', constraint: 'an absolute address' }],
    });
  }
}
