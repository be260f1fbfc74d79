import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root, ended by a slash. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** Every page that people read: those of the root, of docs, and of the examples. Sorted by path. */
export function readPages(): readonly Page[] {
  const below = ['docs', 'infra'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  );
  return [...readdirSync(root), ...below]
    .filter((path) => path.endsWith('.md'))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
}

/** The texts of the fenced blocks of a language. */
export function blocksOf(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}
