// What clients may import of this folder: it only looks.
export { checkModel } from './discovery/check-model.ts';
export type { ModelCheck } from './discovery/check-model.ts';
export { discoverBackends } from './discovery/discover.ts';
export type { BackendReport, BackendTarget, DiscoveredModel } from './discovery/discover.ts';
export { OpenAiModelGateway } from './openai/openai-gateway.ts';
export { resolveModelKey } from './resolve-key.ts';
export type { KeySources } from './resolve-key.ts';
