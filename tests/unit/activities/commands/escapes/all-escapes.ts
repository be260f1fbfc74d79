import { askedTexts } from './asked-texts.ts';
import { changedMachine } from './changed-machine.ts';
import { deniedTexts } from './denied-texts.ts';
import type { EscapeTable, FileEscape } from './escape.ts';
import { hiddenInFiles } from './hidden-in-files.ts';
import { otherPrograms } from './other-programs.ts';
import { shellLanguage } from './shell-language.ts';
import { unlistedInFiles } from './unlisted-in-files.ts';
import { unlistedVariations } from './unlisted-variations.ts';
import { unlistedWays } from './unlisted-ways.ts';

type Texts = readonly (readonly [string, readonly string[]])[];

function rows(texts: Texts, verdict: FileEscape['verdict']): FileEscape[] {
  return texts.flatMap(([technique, list]) =>
    list.map((text) => ({ technique, text, files: {}, verdict })),
  );
}

function tableRows(table: EscapeTable): FileEscape[] {
  return Object.entries(table).flatMap(([technique, { denied, asked }]) => [
    ...rows([[technique, denied]], 'deny'),
    ...rows([[technique, asked]], 'ask'),
  ]);
}

/** Every escape that is known, with its technique and what the permissive preset says on it. */
export const allEscapes: readonly FileEscape[] = [
  ...rows(Object.entries(deniedTexts), 'deny'),
  ...rows(Object.entries(askedTexts), 'ask'),
  ...[shellLanguage, otherPrograms, changedMachine, unlistedWays, unlistedVariations].flatMap(
    tableRows,
  ),
  ...hiddenInFiles,
  ...unlistedInFiles,
];
