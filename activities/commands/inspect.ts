import type { SimpleCommand } from '../../domain/commands/simple-command.ts';
import { HoldfastError } from '../../domain/failures.ts';
import type { Hash } from '../../domain/json.ts';
import { judge } from '../../domain/policy/judge.ts';
import type { ScopedPolicy } from '../../domain/policy/judge.ts';
import type { PolicyProfile } from '../../domain/policy/profile-schema.ts';
import type { PolicyScope, VerdictType } from '../../domain/policy/verdict.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import { hashJson } from '../../storage/hashing.ts';
import { shellFacts } from './shell-facts.ts';
import { assumedRoot, inspectedFacts } from './tool-facts.ts';

/** A call that somebody asks about; nothing of it runs. */
export interface InspectedCall {
  readonly tool: string;
  readonly arguments: { readonly [name: string]: unknown };
}

/** Which policies count, and the workspace, where there is one. */
export interface EvaluatePolicyContext {
  /** One profile, or one for each scope. */
  readonly profiles: PolicyProfile | readonly ScopedPolicy[];
  /** Absolute path of the workspace; without one, manifests are not read. */
  readonly workspaceRoot?: string;
  /** The text of a file of the workspace by its absolute path. */
  readonly readManifest?: (path: string) => string | undefined;
  /**
   * Where a path of the workspace leads, with links followed as the tools follow them; without it the path is taken as
   * written. Throws what the tool would answer.
   */
  readonly resolvePath?: (path: string) => Promise<string>;
}

/** What policy would say on a call. */
export interface PolicyEvaluation {
  readonly verdict: VerdictType;
  readonly rule: string;
  readonly scope: PolicyScope;
  /** Hash of the profile that decided. */
  readonly policy: Hash;
  readonly why: readonly string[];
  /** Every simple command of a shell text, in order. Empty for other tools. */
  readonly commands: readonly SimpleCommand[];
}

/**
 * Says what policy would decide on a call of any built-in tool, without a server and without running anything.
 * @throws {HoldfastError} not_found for a tool that does not exist, invalid_argument for arguments it cannot take.
 */
export async function evaluatePolicy(
  call: InspectedCall,
  context: EvaluatePolicyContext,
): Promise<PolicyEvaluation> {
  const facts = await factsOf(call, context);
  const { type, rule, scope, policy, why } = judge({
    tool: call.tool,
    facts,
    scopes: scopesOf(context.profiles),
    grants: [],
  });
  return { verdict: type, rule, scope, policy, why, commands: facts.commands };
}

async function factsOf(call: InspectedCall, context: EvaluatePolicyContext): Promise<CallFacts> {
  if (call.tool !== 'shell') {
    const facts = inspectedFacts(call.tool, call.arguments);
    const { resolvePath } = context;
    if (resolvePath === undefined) return facts;
    const paths = await Promise.all(
      facts.paths.map(async (fact) => ({ ...fact, path: await resolvePath(fact.path) })),
    );
    return { ...facts, paths };
  }
  const { command, cwd } = call.arguments;
  if (typeof command !== 'string') {
    throw new HoldfastError('invalid_argument', 'shell needs a command', {
      fieldErrors: [{ field: 'arguments.command', constraint: 'must be a text' }],
    });
  }
  return await shellFacts(command, {
    workspaceRoot: context.workspaceRoot ?? assumedRoot,
    ...(typeof cwd === 'string' ? { cwd } : {}),
    readManifest: context.readManifest ?? (() => undefined),
  });
}

function scopesOf(profiles: PolicyProfile | readonly ScopedPolicy[]): readonly ScopedPolicy[] {
  if (!('rules' in profiles)) return profiles;
  return [{ scope: 'run', profile: profiles, policy: hashJson(profiles) }];
}
