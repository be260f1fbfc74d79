export { cachedCatalog } from './catalog/catalog-cache.ts';
export { embedTexts, type EmbeddingBackend } from './catalog/embeddings.ts';
export { lintPlaybook } from './lint/lint-playbook.ts';
