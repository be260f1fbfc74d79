import { z } from 'zod';

import { isJson, isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { FinishGate } from '../../domain/run/run-input.ts';
import type { ToolSpec } from '../../domain/models/chat.ts';
import { editFileTool } from './files/edit-file-tool.ts';
import { listFilesTool } from './files/list-files-tool.ts';
import { readFileTool } from './files/read-file-tool.ts';
import { writeFileTool } from './files/write-file-tool.ts';
import { createFinishTool } from './finish/finish-tool.ts';
import { createGitBranchTool } from './git/git-branch-tool.ts';
import { createGitCommitTool } from './git/git-commit-tool.ts';
import { createGitPushTool } from './git/git-push-tool.ts';
import type { GitTools } from './git/git-settings.ts';
import { createGitDiffTool, createGitLogTool, createGitStatusTool } from './git/git-tools.ts';
import type { RemoteAccess } from './git/remote-repository.ts';
import { createHttpFetchTool } from './http/http-fetch-tool.ts';
import { createHttpRequestTool, type ChangeRules } from './http/http-request-tool.ts';
import { createApplyPlaybookTool } from './playbooks/apply/apply-playbook-tool.ts';
import type { PlaybookTools } from './playbooks/apply/playbook-tools.ts';
import { createPreviewPlaybookTool } from './playbooks/apply/preview-playbook-tool.ts';
import { askPersonTool } from './person/ask-person-tool.ts';
import { createFindFilesTool } from './search/find-files-tool.ts';
import { createFindPlaybookTool } from './playbooks/find-playbook-tool.ts';
import { createLintPlaybookTool } from './playbooks/lint-playbook-tool.ts';
import type { PlaybookSources } from './playbooks/playbook-sources.ts';
import { scaffoldPlaybookTool } from './playbooks/scaffold-playbook-tool.ts';
import { createSearchTextTool } from './search/search-text-tool.ts';
import type { FindShellFacts } from './shell/command-facts.ts';
import { createShellTool } from './shell/shell-tool.ts';
import { createRunTestsTool } from './tests/run-tests-tool.ts';
import type { AnyTool, Tool } from './tool.ts';
import type { ToolSecrets } from './tool-secrets.ts';

/** What the built-in tools are made from. */
export interface ToolDependencies extends GitTools {
  readonly findShellFacts: FindShellFacts;
  readonly http: ChangeRules;
  readonly remotes: RemoteAccess;
  readonly playbooks: PlaybookSources;
  readonly playbookRuns: PlaybookTools;
  /** Absent: there are none. */
  readonly secrets?: ToolSecrets;
}

/** Makes the built-in tools, by name, in the order in which they are shown to people. */
export function createTools(dependencies: ToolDependencies): ReadonlyMap<string, AnyTool> {
  const { runner, findShellFacts, http, remotes, playbooks, playbookRuns, secrets } = dependencies;
  const tools = [
    hideArguments(readFileTool),
    hideArguments(listFilesTool),
    hideArguments(createFindFilesTool(runner)),
    hideArguments(createSearchTextTool(runner)),
    hideArguments(writeFileTool),
    hideArguments(editFileTool),
    hideArguments(createShellTool(runner, findShellFacts, secrets)),
    hideArguments(createRunTestsTool(runner, findShellFacts, secrets)),
    hideArguments(createGitStatusTool(dependencies)),
    hideArguments(createGitDiffTool(dependencies)),
    hideArguments(createGitLogTool(dependencies)),
    hideArguments(createGitCommitTool(dependencies)),
    hideArguments(createGitBranchTool(dependencies)),
    hideArguments(createGitPushTool(remotes)),
    hideArguments(createHttpFetchTool(http, secrets)),
    hideArguments(createHttpRequestTool(http, secrets)),
    hideArguments(createFindPlaybookTool(dependencies, playbooks)),
    hideArguments(createLintPlaybookTool(playbooks)),
    hideArguments(scaffoldPlaybookTool),
    hideArguments(createPreviewPlaybookTool(playbookRuns)),
    hideArguments(createApplyPlaybookTool(playbookRuns)),
    hideArguments(askPersonTool),
    plainFinish,
  ];
  return new Map(tools.map((tool) => [tool.name, tool]));
}

const gatedFinish = hideArguments(createFinishTool(['tests-verified']));
const plainFinish = hideArguments(createFinishTool());

/** The finish tool of a specialist: its gates decide what must be claimed. */
export function finishToolFor(gates: readonly FinishGate[]): AnyTool {
  return gates.includes('tests-verified') ? gatedFinish : plainFinish;
}

/** What models are told of tools: JSON Schema (draft-7) of the arguments as they are written, defaults left out. */
export function toolSpecs(tools: Iterable<AnyTool>): readonly ToolSpec[] {
  return [...tools].map((tool) => ({
    name: tool.name,
    description: tool.description,
    parameters: parametersOf(tool),
  }));
}

const known = new WeakMap<AnyTool, JsonObject>();

function parametersOf(tool: AnyTool): JsonObject {
  const cached = known.get(tool);
  if (cached !== undefined) return cached;
  const { $schema: _, ...schema } = z.toJSONSchema(tool.schema, { target: 'draft-7', io: 'input' });
  const parameters: unknown = schema;
  if (!isJsonObject(parameters) || !isJson(parameters, 32)) {
    throw new TypeError(`the schema of ${tool.name} is no JSON object`);
  }
  known.set(tool, parameters);
  return parameters;
}

/**
 * Hides the type of a tool's arguments, so that tools can stand in one list. Sound, because arguments reach `prepare`
 * and `perform` only as what the tool's own schema gave.
 */
function hideArguments<Arguments>(tool: Tool<Arguments>): AnyTool {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return tool as unknown as AnyTool;
}
