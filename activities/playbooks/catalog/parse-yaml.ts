import { isCollection, LineCounter, parseDocument, type ScalarTag } from 'yaml';

import type { CatalogWarning } from '../../../domain/playbooks/playbook-entry.ts';

/** A file's content as plain values, or why it has none. */
export type ParsedYaml =
  | { readonly type: 'parsed'; readonly value: unknown }
  | { readonly type: 'broken'; readonly warning: CatalogWarning };

/** Stands for a value that is encrypted: what it is, nobody needs to know here. */
export const encrypted = Symbol('encrypted');

const ansibleTags: ScalarTag[] = [
  { tag: '!vault', resolve: () => encrypted },
  { tag: '!vault-encrypted', resolve: () => encrypted },
  { tag: '!unsafe', resolve: (text) => text },
];

/** More aliases than any playbook has; a few of them can stand for gigabytes. */
const maxAliasCount = 200;

/** Reads one YAML file as Ansible would; never throws. */
export function parseYaml(path: string, text: string): ParsedYaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    customTags: ansibleTags,
    lineCounter,
    logLevel: 'silent',
    uniqueKeys: false,
    // Not 1.1, in which a variable named y is true: Ansible does not read it like that either.
    version: '1.2',
    merge: true,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    return { type: 'broken', warning: { path, line, column: col, message } };
  }
  try {
    const { contents } = document;
    return {
      type: 'parsed',
      value: isCollection(contents) ? document.toJS({ maxAliasCount }) : undefined,
    };
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    return { type: 'broken', warning: { path, line: 1, column: 1, message } };
  }
}
