export { cachedCatalog } from './catalog/catalog-cache.ts';
export { lintPlaybook } from './lint/lint-playbook.ts';
