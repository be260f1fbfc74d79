export { cachedCatalog } from './catalog/catalog-cache.ts';
export { readFolder } from './catalog/repository-files.ts';
export { repositoryIdentity } from './catalog/repository-identity.ts';
export { lintPlaybook } from './lint/lint-playbook.ts';
export {
  compareMeanings,
  type KeptEmbeddings,
  type MeaningSources,
} from './match/compare-meanings.ts';
export { findPlaybook, type MatchTiers } from './match/find-playbook.ts';
export { indexWords } from './match/word-index.ts';
