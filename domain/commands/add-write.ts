import { pathFacts } from './argument-paths.ts';
import { writeReason } from './file-use.ts';
import { absolutePath } from './place.ts';
import type { Place } from './place.ts';
import type { Walk } from './programs/run-command.ts';
import { displayText, literalText, quotedWord } from './syntax.ts';
import type { Word } from './syntax.ts';

/** Notes a path that is written, also for other parts of the text that may run it. */
export function addWrite(walk: Walk, word: Word, place: Place): void {
  const context = { folders: place.folders, workspaceRoot: walk.workspaceRoot };
  for (const fact of pathFacts(word, 'write', context)) {
    walk.findings.addPath(fact);
    if (fact.glob === true) walk.files.writeAny();
    else walk.files.write(absolutePath(walk.workspaceRoot, fact.path));
    const reason = writeReason(fact.path);
    if (reason !== undefined) walk.findings.addReason(reason);
  }
}

/** The words that a word with a loop variable stands for; the word itself when the variable is not known. */
export function withValues(word: Word, place: Place): readonly Word[] {
  const at = word.parts.findIndex(
    (part) => part.type === 'variable' && place.values.has(part.name),
  );
  const part = word.parts[at];
  if (part?.type !== 'variable' || !/^\$\{?\w+\}?$/.test(part.text)) return [word];
  const values = place.values.get(part.name) ?? [];
  return values.map((value) => ({
    raw: word.raw,
    parts: [...word.parts.slice(0, at), ...value.parts, ...word.parts.slice(at + 1)],
  }));
}

/** The absolute paths that a word without expansions means, one for each folder; none for other words. */
export function absolutePaths(word: Word | string, place: Place): string[] {
  const text = literalText(typeof word === 'string' ? quotedWord(word) : word);
  if (text === undefined || displayText(quotedWord(text)) === '') return [];
  return place.folders.map((folder) => absolutePath(folder, text));
}
