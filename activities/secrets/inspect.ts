// What clients may import of this folder: it only looks.
export { readSecrets } from './read-secrets.ts';
export { shortestSecret } from '../redaction/secret-forms.ts';
