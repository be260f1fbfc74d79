import type { z } from 'zod';

import { newAgentState } from '../../domain/agent/agent-state.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { isJson, isJsonObject } from '../../domain/json.ts';
import type { ChatMessage } from '../../domain/models/chat.ts';
import type { PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { unauthenticated } from '../../domain/principals/principal.ts';
import type { OpenRunInput, OpenRunResult } from '../../domain/run/activities.ts';
import { fieldErrorsOf, inWords } from '../../domain/settings/field-errors.ts';
import { within, type Limits } from '../../domain/run/limits.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import type { RunRequest } from '../../domain/run/run-request.ts';
import { previewOf } from '../../domain/tools/prepared-call.ts';
import { putBlob } from '../../storage/blobs/blobs.ts';
import { putCalls } from '../../storage/calls/prepared-calls.ts';
import { appendEvents, type NewEvent } from '../../storage/events/append-events.ts';
import { canonicalJson, hashJson } from '../../storage/hashing.ts';
import { getOpenedRun, insertRun, type OpenedRun } from '../../storage/runs/runs.ts';
import { signerOf } from '../identity/verify-proof.ts';
import { priceOf } from '../model/openai/usage-of-call.ts';
import { eventsOfCall } from '../prepare/events-of-call.ts';
import {
  callOfLetter,
  prepareReplay,
  replayedCall,
  replayedMessage,
  takeForReplay,
} from './open-replay.ts';
import {
  agentBehind,
  forkedAgent,
  forkedParts,
  forkSource,
  holdTaken,
  type ForkSource,
} from './fork-run.ts';
import { pinDefinitions } from './pin-definitions.ts';
import { withPlaybookTools } from './playbook-tools.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { startSchema } from './start-schema.ts';

type Start = z.infer<typeof startSchema>;

/**
 * Opens a run: validates the start, pins what it will work with, makes its workspace, writes the first block and the
 * row. Idempotent by run id and first execution; another execution under the same id is refused for ever.
 */
export async function openRun(
  dependencies: RunDependencies,
  input: OpenRunInput,
): Promise<OpenRunResult> {
  const { db } = dependencies.effects;
  const existing = await getOpenedRun(db, input.runId);
  if (existing !== undefined) return reopened(dependencies, input, existing);
  const parsed = startSchema.safeParse(input.start);
  if (!parsed.success) {
    const fieldErrors = fieldErrorsOf(parsed.error, input.start);
    const message = `the request does not fit: ${inWords(fieldErrors)}`;
    return { type: 'refused', code: 'invalid_argument', message, fieldErrors };
  }
  if (!input.runId.startsWith(`run/${parsed.data.tenant}/`)) {
    const message = `a run of tenant ${parsed.data.tenant} has an id that begins with run/${parsed.data.tenant}/`;
    return { type: 'refused', code: 'invalid_argument', message, fieldErrors: [] };
  }
  const { workspaces } = dependencies.effects;
  const hadWorkspace = await workspaces.has(input.runId);
  try {
    return await open(dependencies, input, parsed.data);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Nothing names what was made for it, so nobody would ever remove it.
    const isLeft = !hadWorkspace && (await getOpenedRun(db, input.runId)) === undefined;
    if (isLeft) await workspaces.discard(input.runId);
    const isOther = error.code === 'not_found' || error.code === 'conflict';
    const code = isOther ? error.code : 'invalid_argument';
    const { message, suggestion, fieldErrors = [] } = error;
    const hint = suggestion === undefined ? {} : { suggestion };
    return { type: 'refused', code, message, ...hint, fieldErrors };
  }
}

/** The same execution again gets the same answer; another one under this id is a conflict, however old the run is. */
async function reopened(
  dependencies: RunDependencies,
  { runId, firstExecution }: OpenRunInput,
  run: OpenedRun,
): Promise<OpenRunResult> {
  if (run.firstExecution !== firstExecution) {
    const message = `the run id ${runId} was used before, by another run`;
    return { type: 'refused', code: 'conflict', message, fieldErrors: [] };
  }
  const [, tenant = ''] = runId.split('/');
  const ref = refOf({ runId, tenant, project: run.project, specialist: run.specialist });
  return openedResult(dependencies, ref, run);
}

function refOf(run: Omit<AgentRef, 'agentPath'>): AgentRef {
  return { ...run, agentPath: 'main' };
}

async function openedResult(
  { effects }: RunDependencies,
  ref: AgentRef,
  { pins, head, createdAt, replays, request }: OpenedRun,
): Promise<OpenRunResult> {
  const deadlineMs = createdAt.getTime() + pins.limits.timeoutSeconds * 1_000;
  if (request.fork !== undefined) {
    const behind = await forkedAgent(effects.db, ref, request.fork);
    return { type: 'opened', pins, agent: behind, deadlineMs };
  }
  const agent = newAgentState(ref, head);
  if (replays === undefined) return { type: 'opened', pins, agent, deadlineMs };
  const calls = [await replayedCall(effects.db, ref.runId, pins)];
  return { type: 'opened', pins, agent: { ...agent, turn: 1, calls, onlyCalls: true }, deadlineMs };
}

async function open(
  dependencies: RunDependencies,
  input: OpenRunInput,
  start: Start,
): Promise<OpenRunResult> {
  const { effects, conversations, queues } = dependencies;
  const { db, workspaces } = effects;
  const { runId } = input;
  const { tenant, project, request } = start;
  const forked = request.fork && (await forkSource(db, tenant, request.fork));
  if (forked !== undefined) return openFork(dependencies, input, { start, source: forked });
  const pinned = await pinDefinitions(db, tenant, { project, request });
  const { profile } = pinned;
  const requestedBy = await provedRequester(dependencies, input, start);
  const { replays: letterId } = request;
  const wanted = letterId === undefined ? undefined : { letterId, tenant, project, runId };
  const deadCall = wanted === undefined ? undefined : await callOfLetter(db, wanted);
  const workspace = await workspaces.create(runId, request.workspace);
  const definitions = await withPlaybookTools(pinned.definitions, await workspaces.open(workspace));
  const ref = refOf({ runId, tenant, project, specialist: definitions.specialist.id });
  const pins: RunPins = {
    definitions: await putBlob(db, tenant, canonicalJson(definitions)),
    policy: definitions.policies.map(({ policy }) => policy).join('+'),
    limits: limitsOf(dependencies, { request, profile, definitions }),
    queues,
    workspace,
    gates: definitions.specialist.gates,
    title: previewOf(effects.redactor.text(request.prompt ?? 'structured request')),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  const replay =
    deadCall && (await prepareReplay(dependencies, deadCall, { run: ref, pins, definitions }));
  await db.transaction().execute(async (tx) => {
    const first = firstMessages(definitions, request);
    const messages = deadCall === undefined ? first : [...first, replayedMessage(deadCall)];
    const head = await conversations.put(tx, tenant, { parent: null, messages });
    const isNew = await insertRun(tx, {
      runId,
      tenant,
      project,
      firstExecution: input.firstExecution,
      requestedBy: requestedBy ?? unauthenticated,
      specialist: definitions.specialist.id,
      model: definitions.chain.entries[0]?.model ?? null,
      request,
      pins,
      head,
    });
    if (!isNew) return;
    if (wanted !== undefined) await takeForReplay(tx, wanted);
    if (replay !== undefined) await putCalls(tx, [replay.stored]);
    const data = {
      title: pins.title,
      requestedBy: requestedBy ?? unauthenticated,
      ...(requestedBy === undefined ? { claimed: start.requestedBy.name } : {}),
      specialist: definitions.specialist.id,
      policy: request.policy,
      models: definitions.chain.entries.map(({ key }) => key),
      limits: { ...pins.limits },
      requestDigest: hashJson({ project, request }),
    };
    const started: NewEvent = { type: 'run.started', data };
    const events = replay === undefined ? [started] : [started, ...eventsOfCall(replay)];
    await appendEvents(tx, { runId, notes: [], events });
  });
  const run = await getOpenedRun(db, runId);
  if (run === undefined) throw new Error(`the row of ${runId} vanished`);
  return run.firstExecution === input.firstExecution
    ? openedResult(dependencies, ref, run)
    : reopened(dependencies, input, run);
}

/** Opens a run that goes on behind a turn of another one: conversation, definitions and files are taken over. */
async function openFork(
  dependencies: RunDependencies,
  input: OpenRunInput,
  { start, source }: { readonly start: Start; readonly source: ForkSource },
): Promise<OpenRunResult> {
  const { db } = dependencies.effects;
  const { runId, firstExecution } = input;
  const { tenant, project, request } = start;
  const requestedBy = await provedRequester(dependencies, input, start);
  const ref = refOf({ runId, tenant, project, specialist: source.run.specialist });
  const agent = await agentBehind(db, ref, source);
  const { head, turn } = agent;
  const { definitions, workspace } = await forkedParts(dependencies, { tenant, runId }, source);
  const { requestedBy: _, ...before } = source.run.pins;
  const pins: RunPins = {
    ...before,
    definitions: await putBlob(db, tenant, canonicalJson(definitions)),
    queues: dependencies.queues,
    workspace,
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  await db.transaction().execute(async (tx) => {
    const isNew = await insertRun(tx, {
      runId,
      tenant,
      project,
      firstExecution,
      requestedBy: requestedBy ?? unauthenticated,
      specialist: source.run.specialist,
      model: definitions.chain.entries[0]?.model ?? null,
      request,
      pins,
      head,
      turn,
    });
    if (!isNew) return;
    await holdTaken(tx, agent);
    const data = {
      title: pins.title,
      requestedBy: requestedBy ?? unauthenticated,
      ...(requestedBy === undefined ? { claimed: start.requestedBy.name } : {}),
      specialist: source.run.specialist,
      policy: request.policy,
      models: definitions.chain.entries.map(({ key }) => key),
      limits: { ...pins.limits },
      requestDigest: hashJson({ project, request }),
      forkedFrom: source.runId,
      forkedAt: source.turn,
    };
    await appendEvents(tx, { runId, notes: [], events: [{ type: 'run.started', data }] });
  });
  const run = await getOpenedRun(db, runId);
  if (run === undefined) throw new Error(`the row of ${runId} vanished`);
  return run.firstExecution === firstExecution
    ? openedResult(dependencies, ref, run)
    : reopened(dependencies, input, run);
}

/** The registered person who signed the start as it was sent; undefined when nobody did. */
async function provedRequester(
  { effects }: RunDependencies,
  { runId, start }: OpenRunInput,
  { tenant, proof }: Start,
): Promise<string | undefined> {
  if (proof === undefined || !isJsonObject(start) || !isJson(start, 64)) return undefined;
  const { proof: _, ...input } = start;
  const content = { message: 'start' as const, runId, input };
  const signer = await signerOf(effects.db, tenant, { content, proof });
  return signer.type === 'proved' ? signer.by : undefined;
}

function firstMessages(
  { specialist }: PinnedDefinitions,
  request: RunRequest,
): readonly ChatMessage[] {
  const structured =
    request.structured === undefined ? [] : [JSON.stringify(request.structured, undefined, 2)];
  const content = [...(request.prompt === undefined ? [] : [request.prompt]), ...structured];
  return [
    { role: 'system', content: specialist.prompt },
    { role: 'user', content: content.join('\n\n') },
  ];
}

/**
 * Limits by the request, else by the policy profile. A cap on money that nobody asked for is left out when the price
 * of a model is unknown: it could not be kept, and unknown is never taken as nothing.
 */
function limitsOf(
  { prices }: RunDependencies,
  {
    request,
    profile,
    definitions,
  }: {
    readonly request: RunRequest;
    readonly profile: PolicyProfile;
    readonly definitions: PinnedDefinitions;
  },
): Limits {
  const { limits } = profile;
  const isPriced = definitions.chain.entries.every((entry) => priceOf(entry, prices) !== undefined);
  const wanted = {
    maxTurns: request.limits.maxTurns ?? limits.maxTurns,
    timeoutSeconds: request.limits.timeoutSeconds ?? limits.timeoutSeconds,
    maxCostMicroUsd: request.limits.maxCostMicroUsd ?? (isPriced ? limits.maxCostMicroUsd : null),
    stallDetection: limits.stallDetection,
    stallThreshold: limits.stallThreshold,
  };
  const wider = definitions.policies.filter(({ scope }) => scope !== 'run');
  return within(
    wanted,
    wider.map((scoped) => scoped.profile.limits),
  );
}
