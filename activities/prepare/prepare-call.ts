import { z } from 'zod';

import { fieldErrorsOf, inWords } from '../../domain/settings/field-errors.ts';
import type { ErrorCode } from '../../domain/failures.ts';
import { isJson, type Hash, type Json } from '../../domain/json.ts';
import { inLockOrder, type WantedLock } from '../../domain/locks/lock-name.ts';
import type { Grant } from '../../domain/policy/grant.ts';
import type { Honeytokens } from '../../domain/policy/honeytokens/honeytoken-schema.ts';
import { honeytokenRule, plantedIn } from '../../domain/policy/honeytokens/honeytokens.ts';
import type { ExplainedVerdict, ScopedPolicy } from '../../domain/policy/judge.ts';
import { judgeWithTrust, type TrustedSource } from '../../domain/policy/judge-with-trust.ts';
import type { PolicyVerdict } from '../../domain/policy/verdict.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import {
  builtInSource,
  trustOf,
  type TrustLevel,
  type TrustSettings,
} from '../../domain/tools/tool-trust.ts';
import { previewOf, type PreparedCall } from '../../domain/tools/prepared-call.ts';
import type { StoredCall } from '../../storage/calls/prepared-calls.ts';
import { hashJson } from '../../storage/hashing.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { finishToolFor } from '../tools/catalog.ts';
import { ToolError, type AnyTool, type OpenWorkspace, type Preparation } from '../tools/tool.ts';

/** What preparing needs from outside. */
export interface PrepareDependencies {
  readonly tools: ReadonlyMap<string, AnyTool>;
  readonly honeytokens: Honeytokens;
  /** Keeps secrets out of what people and models are told of a call. */
  readonly redactor: Redactor;
  /** How far people trust sources of tools. */
  readonly trust: (tenant: string) => Promise<TrustSettings>;
}

/** Where and under which rules a call is prepared. */
export interface PrepareScope {
  readonly run: AgentRef;
  readonly pins: RunPins;
  readonly definitions: PinnedDefinitions;
  /** Policies that changed since the run pinned its own: the call is judged by both. Absent where only the pinned count. */
  readonly changedPolicies?: readonly ScopedPolicy[];
  readonly workspace: OpenWorkspace;
  readonly grants: readonly Grant[];
  /** Origins of untrusted content in the prompt that the call was asked for in. */
  readonly untrusted: readonly string[];
  readonly signal: AbortSignal;
}

/** A call as somebody asked for it: nothing of it is checked yet. */
export interface AskedCall {
  readonly callId: string;
  readonly tool: string;
  readonly arguments: Json;
  /** The person's decision that changed the arguments. */
  readonly decisionId: string | null;
  /** Hash of the arguments as that person gave them. */
  readonly given?: Hash | undefined;
  /** The preconditions it was prepared with before; absent the first time. */
  readonly before?: Json;
}

/** A call that is prepared, or refused with what the model is told: both halves of it. */
export interface PreparedPair {
  readonly call: PreparedCall;
  readonly stored: StoredCall;
}

/**
 * Turns what somebody asked for into a call that can be judged, approved and performed: arguments validated, paths
 * and commands resolved, the verdict of policy, one digest over all of it. Changes nothing. A call that cannot be
 * done as asked is an answer to the model, never a failure. Arguments are looked at first, then the trust in where the
 * tool comes from, then policy.
 */
export async function prepareOne(
  dependencies: PrepareDependencies,
  scope: PrepareScope,
  asked: AskedCall,
): Promise<PreparedPair> {
  const { call, stored } = await prepareAsked(dependencies, scope, asked);
  const { redactor } = dependencies;
  const { invalid } = call;
  const preview = redactor.text(call.preview);
  const message = invalid === undefined ? undefined : redactor.text(invalid.message);
  return {
    call: {
      ...call,
      preview,
      ...(invalid === undefined || message === undefined
        ? {}
        : { invalid: { ...invalid, message } }),
    },
    stored: {
      ...stored,
      preview,
      detail: redactor.text(stored.detail),
      why: stored.why.map((line) => redactor.text(line)),
    },
  };
}

async function prepareAsked(
  { tools, honeytokens, trust }: PrepareDependencies,
  scope: PrepareScope,
  asked: AskedCall,
): Promise<PreparedPair> {
  const tool = offeredTool(tools, scope.definitions, asked.tool);
  if (tool === undefined) {
    const { definitions } = scope;
    const offered = definitions.specialist.tools
      .filter((name) => offeredTool(tools, definitions, name) !== undefined)
      .join(', ');
    return refusedCall(scope, asked, {
      code: 'not_found',
      message: `there is no tool "${asked.tool}"; use one of ${offered}`,
    });
  }
  const size = JSON.stringify(asked.arguments).length;
  if (size > maxArgumentsLength) {
    const message = `the arguments have ${size} characters; at most ${maxArgumentsLength} are taken`;
    const short = { ...asked, arguments: null };
    return refusedCall(scope, short, { code: 'payload_too_large', message });
  }
  const parsed = z.safeParse(tool.schema, asked.arguments);
  if (!parsed.success) {
    const words =
      typeof asked.arguments === 'string'
        ? 'they are not a JSON object; write one, with every quote and line break in its strings escaped'
        : inWords(fieldErrorsOf(parsed.error, asked.arguments));
    return refusedCall(scope, asked, {
      code: 'validation_error',
      message: `the arguments do not fit ${tool.name}: ${words}`,
    });
  }
  const { source = builtInSource, access } = tool;
  const level = trustOf(source, await trust(scope.run.tenant));
  const trusted = { source, level, access };
  try {
    const { callId, before } = asked;
    const known = before === undefined ? {} : { before };
    const preparation = await tool.prepare(parsed.data, {
      call: { tenant: scope.run.tenant, callId, ...known },
      workspace: scope.workspace,
      networkAllowed: scope.definitions.networkAllowed,
      signal: scope.signal,
    });
    return preparedCall(
      { tool, trusted, preparation, args: parsed.data, honeytokens },
      scope,
      asked,
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return refusedCall(scope, asked, { code: error.code, message: error.message, trust: level });
  }
}

/** Largest arguments of a call, in characters of JSON; the largest file that a tool writes fits. */
const maxArgumentsLength = 2 * 1024 * 1024;

/** The tool of a name that a model wrote, when this run is offered it. */
export function offeredTool(
  tools: ReadonlyMap<string, AnyTool>,
  definitions: PinnedDefinitions,
  name: string,
): AnyTool | undefined {
  if (!definitions.specialist.tools.includes(name)) return undefined;
  if (name === 'finish') return finishToolFor(definitions.specialist.gates);
  const tool = tools.get(name);
  return tool?.needs === 'network' && !definitions.networkAllowed ? undefined : tool;
}

interface Prepared {
  readonly tool: AnyTool;
  readonly trusted: TrustedSource;
  readonly preparation: Preparation;
  readonly args: unknown;
  readonly honeytokens: Honeytokens;
}

function preparedCall(
  { tool, trusted, preparation, args, honeytokens }: Prepared,
  scope: PrepareScope,
  asked: AskedCall,
): PreparedPair {
  const { facts, preconditions, preview, detail, locks = [] } = preparation;
  const argumentsJson: Json = isJson(args, 64) ? args : null;
  const digest = hashJson({
    tool: tool.name,
    version: tool.version,
    schema: schemaHash(tool),
    arguments: argumentsJson,
    facts,
    preconditions,
    policy: scope.pins.policy,
  });
  const planted = plantedIn(honeytokens, { arguments: argumentsJson, facts });
  const { why, ...verdict } =
    planted === undefined
      ? judgeFork(
          scope,
          tool.name,
          judgeWithTrust(
            {
              tool: tool.name,
              facts,
              scopes: [...scope.definitions.policies, ...(scope.changedPolicies ?? [])],
              grants: scope.grants,
              untrusted: scope.untrusted,
            },
            trusted,
          ),
        )
      : trapped(planted, scope);
  return pairOf(scope, asked, {
    trust: trusted.level,
    access: facts.access,
    digest,
    verdict,
    why,
    preview: previewOf(preview),
    detail,
    arguments: argumentsJson,
    facts,
    preconditions,
    locks: inLockOrder(locks),
  });
}

/** An effect that the branch before a fork had already is not had again unasked, whatever policy says. */
function judgeFork(
  { definitions }: PrepareScope,
  tool: string,
  verdict: ExplainedVerdict,
): ExplainedVerdict {
  if (definitions.askedAgain?.includes(tool) !== true) return verdict;
  if (verdict.type !== 'allow' || verdict.rule.startsWith('grant/')) return verdict;
  const line = `${tool} was used by the branch that this run was forked from`;
  return { ...verdict, type: 'ask', rule: 'fork/again', why: [line, ...verdict.why] };
}

/** What is planted is used by nobody who means well: no rule and no person allows it. */
function trapped(planted: string, { pins }: PrepareScope): ExplainedVerdict {
  const why = [`${planted} is used: no honest run does that`];
  return { type: 'deny', rule: honeytokenRule, scope: 'organisation', policy: pins.policy, why };
}

/** A call that is answered without being performed. */
function refusedCall(
  scope: PrepareScope,
  asked: AskedCall,
  {
    code,
    message,
    trust,
  }: {
    readonly code: ErrorCode;
    readonly message: string;
    /** Set where the trust was looked at before. */
    readonly trust?: TrustLevel;
  },
): PreparedPair {
  const verdict: PolicyVerdict = {
    type: 'deny',
    rule: `invalid/${code}`,
    scope: 'run',
    policy: scope.pins.policy,
  };
  const pair = pairOf(scope, asked, {
    trust,
    access: 'read',
    digest: hashJson({ tool: asked.tool, arguments: asked.arguments, invalid: code }),
    verdict,
    why: [message],
    preview: previewOf(`${asked.tool} (${code})`),
    detail: '',
    arguments: asked.arguments,
    facts: null,
    preconditions: null,
  });
  // It rides in history: the model gets the whole sentence of nearly every refusal all the same.
  const invalid = { code, message: message.slice(0, maxRefusalLength) };
  return { ...pair, call: { ...pair.call, invalid } };
}

/** Longest sentence that tells the model why a call was refused. */
const maxRefusalLength = 1_000;

interface PairParts {
  readonly locks?: readonly WantedLock[];
  readonly trust: TrustLevel | undefined;
  readonly access: PreparedCall['access'];
  readonly digest: string;
  readonly verdict: PolicyVerdict;
  readonly why: readonly string[];
  readonly preview: string;
  readonly detail: string;
  readonly arguments: Json;
  readonly facts: CallFacts | null;
  readonly preconditions: Json;
}

function pairOf(
  scope: PrepareScope,
  asked: AskedCall,
  { locks = [], ...parts }: PairParts,
): PreparedPair {
  const { access, digest, verdict, preview } = parts;
  const { callId, tool, given } = asked;
  const queue = scope.pins.queues.tools;
  const locked = locks.length === 0 ? {} : { locks };
  return {
    call: { callId, tool, access, queue, digest, verdict, preview, ...locked },
    stored: {
      ...parts,
      callId,
      tool,
      tenant: scope.run.tenant,
      runId: scope.run.runId,
      decisionId: asked.decisionId,
      ...(given === undefined ? {} : { given }),
    },
  };
}

const schemaHashes = new WeakMap<AnyTool, string>();

function schemaHash(tool: AnyTool): string {
  const known = schemaHashes.get(tool);
  if (known !== undefined) return known;
  const hash = hashJson(
    withoutDescriptions(z.toJSONSchema(tool.schema, { target: 'draft-7', io: 'input' })),
  );
  schemaHashes.set(tool, hash);
  return hash;
}

/** Words for the model are no part of what was approved. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => withoutDescriptions(part));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, part]) => key !== 'description' || typeof part !== 'string',
  );
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutDescriptions(part)]));
}
