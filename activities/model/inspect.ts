// What clients may import of this folder: it only looks.
export { checkModel } from './check-model.ts';
export type { ModelCheck } from './check-model.ts';
export { discoverBackends } from './discover.ts';
export type { BackendReport, BackendTarget, DiscoveredModel } from './discover.ts';
export { OpenAiModelGateway } from './openai-gateway.ts';
export { resolveKey } from './resolve-key.ts';
export type { KeySources } from './resolve-key.ts';
