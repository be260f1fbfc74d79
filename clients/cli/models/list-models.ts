import {
  type BackendReport,
  type BackendTarget,
  discoverBackends,
  resolveModelKey,
} from '../../../activities/model/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import {
  type Backend,
  defaultBaseUrls,
  type ModelEntry,
} from '../../../domain/models/model-entry-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { rehearsalKey } from '../demo/demo-model.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderTable } from '../output/table.ts';
import { keySources } from '../secrets/key-sources.ts';
import { type ConfiguredModel, configuredModels } from './configured-models.ts';
import { settingsFor, suggestModel, type SuggestedModel } from './suggested-model.ts';

/** Lists configured models, and what their endpoints and the usual local ones serve. */
export async function listModels(context: CommandContext, manner: 'probe' | 'look'): Promise<void> {
  const { output } = context;
  const models = await configuredModels(context);
  const found = manner === 'look' ? [] : await discoverBackends(await targetsOf(context, models));
  const configured = new Set(models.map(({ entry }) => entry.baseUrl));
  // Without any model it helps to know where one was looked for.
  const endpoints = found.filter(
    ({ baseUrl, state }) =>
      models.length === 0 || configured.has(baseUrl) || state !== 'unreachable',
  );
  const suggested = models.length === 0 ? suggestModel(endpoints) : undefined;
  const shown = models.map((model) => shownModel(model, endpoints));
  const document = { models: shown, endpoints, ...(suggested === undefined ? {} : { suggested }) };
  output.result(document, (styles) => {
    const parts = [
      shown.length === 0
        ? noModel(suggested)
        : renderTable(
            { columns: modelColumns, rows: shown.map((row) => modelRow(row, styles)) },
            output.width(),
          ),
      ...endpoints.map((endpoint) => endpointText(endpoint, styles)),
    ];
    return parts.join('\n');
  });
}

function noModel(suggested: SuggestedModel | undefined): string {
  if (suggested === undefined) return 'no model is configured: see docs/guides/models.md\n';
  return `no model is configured; to use ${suggested.model}, write into holdfast.yaml:\n\n${settingsFor(suggested)}`;
}

interface ShownModel {
  readonly name: string;
  readonly model: string;
  readonly backend: Backend;
  readonly baseUrl: string;
  readonly privacy: string;
  readonly origin: string;
  /** `served`: the endpoint offers it; `missing`: it offers others; `left by a demo`; else the state of the endpoint. */
  readonly state: string;
  readonly tools: string;
  readonly priced: boolean;
}

function shownModel(
  { entry, origin }: ConfiguredModel,
  endpoints: readonly BackendReport[],
): ShownModel {
  const { key: name, model, backend, baseUrl, privacy, capabilities, price } = entry;
  const endpoint = endpoints.find((each) => each.baseUrl === baseUrl && each.backend === backend);
  const offered = endpoint?.models.find(
    (each) => each.model === model || each.model === `${model}:latest`,
  );
  const ready = offered === undefined ? 'missing' : 'served';
  const known = capabilities?.includes('tools') === true ? 'yes' : (offered?.tools ?? 'unknown');
  return {
    name,
    model,
    backend,
    baseUrl,
    privacy,
    origin,
    state: endpoint?.state === 'ready' ? ready : stateWithout(entry, endpoint),
    tools: known,
    priced: price !== undefined,
  };
}

/** A demo that was killed could not take its stand-in off the list; the next demo, or start, does. */
function stateWithout({ key }: ModelEntry, endpoint: BackendReport | undefined): string {
  if (endpoint === undefined) return 'not asked';
  const isLeft = key === rehearsalKey && endpoint.state === 'unreachable';
  return isLeft ? 'left by a demo' : endpoint.state;
}

const modelColumns = [
  { title: 'name' },
  { title: 'model', shrinksTo: 12 },
  { title: 'endpoint', shrinksTo: 16, cuts: 'start' },
  { title: 'state' },
  { title: 'tool calls', leaves: 2 },
  { title: 'privacy', leaves: 3 },
  { title: 'origin', shrinksTo: 8, leaves: 1 },
] as const;

function modelRow(row: ShownModel, styles: Styles): readonly Cell[] {
  return [
    { text: row.name, style: styles.bold },
    row.model,
    `${row.backend} ${row.baseUrl}`,
    { text: row.state, style: row.state === 'served' ? styles.good : styles.warn },
    row.tools,
    row.privacy,
    row.origin,
  ];
}

/** Models of an endpoint that are named in text; `--json` has all. */
const maxNamed = 20;

function endpointText(endpoint: BackendReport, styles: Styles): string {
  const head = `${styles.bold(endpoint.backend)} ${endpoint.baseUrl}`;
  if (endpoint.state !== 'ready') {
    return `${head}: ${styles.warn(endpoint.state)}${endpoint.hint === undefined ? '' : `, ${endpoint.hint}`}\n`;
  }
  const chat = endpoint.models.filter(({ isEmbeddingOnly }) => !isEmbeddingOnly);
  const lines = chat
    .slice(0, maxNamed)
    .map(({ model, tools }) => `  ${model}${styles.dim(`  tool calls: ${tools}`)}`);
  const more = chat.length > maxNamed ? [`  … ${chat.length - maxNamed} more`] : [];
  return `${[`${head} serves`, ...lines, ...more].join('\n')}\n`;
}

/** Endpoints of the configured models, each once, and those where back ends listen by default. */
async function targetsOf(
  context: CommandContext,
  models: readonly ConfiguredModel[],
): Promise<readonly BackendTarget[]> {
  const references = models.map(({ entry }) => entry.apiKey);
  const sources = await keySources(context, references);
  const targets = new Map<string, BackendTarget>();
  for (const { entry } of models) {
    const { backend, baseUrl } = entry;
    const key = keyOf(() => resolveModelKey(entry, sources));
    targets.set(`${backend} ${baseUrl}`, { backend, baseUrl, apiKey: key });
  }
  const taken = new Set([...targets.values()].map(({ baseUrl }) => new URL(baseUrl).host));
  for (const backend of ['ollama', 'vllm', 'llamacpp', 'litellm'] as const) {
    const baseUrl = defaultBaseUrls[backend];
    if (baseUrl === undefined || taken.has(new URL(baseUrl).host)) continue;
    targets.set(`${backend} ${baseUrl}`, { backend, baseUrl });
  }
  return [...targets.values()];
}

/** The key may be set for the worker only; the endpoint then says that it wants one. */
function keyOf(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
