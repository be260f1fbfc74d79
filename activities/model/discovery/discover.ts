import { z } from 'zod';

import { parseBillions } from '../../../domain/models/choose-model.ts';
import type { OfferedModel } from '../../../domain/models/choose-model.ts';
import type { Backend } from '../../../domain/models/model-entry-schema.ts';
import { guessToolSupport, looksLikeEmbedding } from './model-names.ts';
import { probe } from './probe-http.ts';
import type { Probe } from './probe-http.ts';

/** Limit of one probe, in milliseconds. */
const probeTimeoutMs = 2_000;
/** Limit of a whole discovery, in milliseconds. */
const discoveryTimeoutMs = 10_000;

/** An endpoint to look at. */
export interface BackendTarget {
  readonly backend: Backend;
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
}

/** A model as its endpoint describes it. */
export interface DiscoveredModel extends OfferedModel {
  readonly contextTokens?: number;
}

/** What an endpoint is and serves. */
export interface BackendReport {
  readonly backend: Backend;
  readonly baseUrl: string;
  readonly state: Probe['state'];
  /** By name; empty when it is not ready. */
  readonly models: readonly DiscoveredModel[];
  /** Why it is not ready and what to do about it. */
  readonly hint?: string;
}

export interface DiscoveryLimits {
  readonly probeMs?: number;
  readonly totalMs?: number;
}

interface Look {
  readonly target: BackendTarget;
  readonly origin: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Looks at all endpoints at once, in their order. Never throws and never takes longer than its limit. */
export async function discoverBackends(
  targets: readonly BackendTarget[],
  { probeMs = probeTimeoutMs, totalMs = discoveryTimeoutMs }: DiscoveryLimits = {},
): Promise<readonly BackendReport[]> {
  const signal = AbortSignal.timeout(totalMs);
  return await Promise.all(
    targets.map((target) =>
      lookAt({ target, origin: originOf(target.baseUrl), timeoutMs: probeMs, signal }),
    ),
  );
}

async function lookAt(look: Look): Promise<BackendReport> {
  const { target } = look;
  const { probe: found, models } = await finders[target.backend](look);
  const base = { backend: target.backend, baseUrl: target.baseUrl, state: found.state };
  if (found.state === 'ready') return { ...base, models };
  return { ...base, models: [], hint: `${found.why}; ${hints[found.state](target)}` };
}

const hints: {
  readonly [state in Exclude<Probe['state'], 'ready'>]: (target: BackendTarget) => string;
} = {
  unauthenticated: () => 'check the apiKey of the entry and where the worker finds it',
  unreachable: ({ backend }) =>
    backend === 'ollama' ? 'start it with: ollama serve' : 'check that it runs and its baseUrl',
  timeout: () => 'check that it is not overloaded and that a model is loaded',
  failed: ({ baseUrl }) => `check that ${baseUrl} is the address of its OpenAI API`,
};

interface Found {
  readonly probe: Probe;
  readonly models: readonly DiscoveredModel[];
}

const finders: { readonly [backend in Backend]: (look: Look) => Promise<Found> } = {
  ollama: findOllama,
  vllm: (look) => findByHealth(look, '/health'),
  llamacpp: (look) => findByHealth(look, '/health'),
  litellm: findLiteLlm,
  generic: findGeneric,
};

const tagsSchema = z.looseObject({
  models: z.array(
    z.looseObject({
      name: z.string(),
      details: z
        .looseObject({ parameter_size: z.string().optional(), family: z.string().optional() })
        .nullish(),
    }),
  ),
});

async function findOllama(look: Look): Promise<Found> {
  const found = await ask(look, `${look.origin}/api/tags`);
  const tags = found.state === 'ready' ? tagsSchema.safeParse(found.body) : undefined;
  if (tags === undefined) return { probe: found, models: [] };
  if (!tags.success) return { probe: strange, models: [] };
  const models = await Promise.all(
    tags.data.models.map(async ({ name, details }) => {
      const billions = parseBillions(details?.parameter_size ?? '');
      const base = { ...describe(name), ...(billions === undefined ? {} : { billions }) };
      const isBert = /bert/i.test(details?.family ?? '');
      return await showOllama(look, isBert ? { ...base, isEmbeddingOnly: true } : base);
    }),
  );
  return { probe: found, models: models.toSorted(byName) };
}

const showSchema = z.looseObject({
  capabilities: z.array(z.string()).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
});

// Older versions do not tell what a model can: then its name has to do.
async function showOllama(look: Look, model: DiscoveredModel): Promise<DiscoveredModel> {
  const body = { model: model.model };
  const found = await ask(look, `${look.origin}/api/show`, body);
  const shown = found.state === 'ready' ? showSchema.safeParse(found.body) : undefined;
  if (shown?.success !== true) return model;
  const { capabilities, model_info: info = {} } = shown.data;
  const context = Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1];
  return {
    ...model,
    ...(capabilities === undefined
      ? {}
      : {
          isEmbeddingOnly:
            capabilities.includes('embedding') && !capabilities.includes('completion'),
          tools: capabilities.includes('tools') ? 'yes' : 'no',
        }),
    ...(typeof context === 'number' ? { contextTokens: context } : {}),
  };
}

async function findByHealth(look: Look, path: string): Promise<Found> {
  const health = await ask(look, `${look.origin}${path}`);
  return health.state === 'ready' ? await findGeneric(look) : { probe: health, models: [] };
}

// LiteLLM's /health asks every configured model and pays for it; only versions without the other route get it.
async function findLiteLlm(look: Look): Promise<Found> {
  const alive = await ask(look, `${look.origin}/health/liveliness`);
  return alive.state === 'failed'
    ? await findByHealth(look, '/health')
    : await findByHealth(look, '/health/liveliness');
}

const listSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      max_model_len: z.number().int().positive().optional().catch(undefined),
    }),
  ),
});

async function findGeneric(look: Look): Promise<Found> {
  const found = await ask(look, `${look.target.baseUrl.replace(/\/$/, '')}/models`);
  if (found.state !== 'ready') return { probe: found, models: [] };
  const list = listSchema.safeParse(found.body);
  if (!list.success) return { probe: strange, models: [] };
  const models = list.data.data.map(({ id, max_model_len: contextTokens }) => ({
    ...describe(id),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  }));
  return { probe: found, models: models.toSorted(byName) };
}

const strange: Probe = { state: 'failed', why: 'its list of models is none' };

async function ask(look: Look, url: string, body?: unknown): Promise<Probe> {
  const { target, timeoutMs, signal } = look;
  const post = body === undefined ? {} : ({ method: 'POST', body } as const);
  return await probe(url, { apiKey: target.apiKey, timeoutMs, signal, ...post });
}

function describe(model: string): DiscoveredModel {
  return { model, isEmbeddingOnly: looksLikeEmbedding(model), tools: guessToolSupport(model) };
}

function byName(a: DiscoveredModel, b: DiscoveredModel): number {
  return a.model < b.model ? -1 : 1;
}

function originOf(baseUrl: string): string {
  return new URL(baseUrl).origin;
}
