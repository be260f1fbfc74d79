import type { JsonObject } from '../../domain/json.ts';
import type { Access } from '../../domain/tools/access.ts';
import { createTools, toolSpecs } from './catalog.ts';
import type { PlaybookTools } from './playbooks/apply/playbook-tools.ts';
import type { EffectContract } from './tool.ts';

/** A built-in tool as people see it. */
export interface ListedTool {
  readonly name: string;
  readonly version: number;
  readonly access: Access;
  readonly description: string;
  /** What is promised of its effects; null for a tool without any. */
  readonly effect: EffectContract | null;
  /** True when it is offered only to runs with network. */
  readonly needsNetwork: boolean;
  /** JSON Schema of its arguments. */
  readonly parameters: JsonObject;
}

/** The built-in tools in the order in which they are shown to people. Nothing of them can be performed. */
export function listTools(): readonly ListedTool[] {
  const tools = createTools({
    runner: {
      sandbox: { run: refuse, runOnce: refuse, resume: refuse, isBegun: () => false },
      limits: {},
      closedFiles: { hiddenFrom: refuse },
    },
    gitSlots: refuse,
    findShellFacts: refuse,
    http: { allowedHosts: [], idempotentHosts: [], lookUp: refuse },
    remotes: {
      git: { searchPath: '', configurationFile: '', slots: refuse },
      rules: { allowedHosts: [], lookUp: refuse },
      repositories: [],
      credentialFor: refuse,
    },
    playbooks: { tiers: () => ({ accepted: refuse, byMeaning: refuse }), lint: refuse },
    playbookRuns: noPlaybookRuns,
  });
  const specs = new Map(toolSpecs(tools.values()).map((spec) => [spec.name, spec.parameters]));
  return [...tools.values()].map(({ name, version, access, description, needs, effect }) => ({
    name,
    version,
    access,
    description,
    effect: effect ?? null,
    needsNetwork: needs === 'network',
    parameters: specs.get(name) ?? {},
  }));
}

const noPlaybookRuns: PlaybookTools = {
  runner: { start: refuse, attach: refuse, check: refuse, isBegun: refuse },
  records: {
    begin: refuse,
    end: refuse,
    find: refuse,
    rollbackOf: refuse,
    put: refuse,
    changes: refuse,
    seen: refuse,
    isSeen: refuse,
  },
  folder: '',
  inventories: [],
  changedFiles: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new Error('a tool that is only listed is never performed'));
}
