import type { Call } from '../call.ts';
import { makeRecipes } from './makefile.ts';
import { absolutePath } from '../place.ts';
import { names } from '../programs/program-names.ts';
import { displayText, literalText, quotedWord } from '../syntax.ts';

/** Targets that every repository means the same by: their recipes count as the repository's own tests. */
const ordinaryTargets = names('test tests check lint');
const manifestNames = ['GNUmakefile', 'makefile', 'Makefile'];

/** Looks into `make`: recipes of the targets are read where the makefile is simple enough to be understood. */
export function makeCommand(call: Call): void {
  const targets: string[] = [];
  for (const word of call.args) {
    const text = literalText(word);
    if (text === undefined) return call.unresolved(`make: ${word.raw} is not known`);
    if (
      /^(?:-s|-k|-B|-j\d*|--silent|--quiet|--keep-going|--always-make|--no-print-directory|-\d+|\d+)$/.test(
        text,
      )
    )
      continue;
    if (text.startsWith('-')) return call.unresolved(`make: the option ${text} is not followed`);
    if (text.includes('='))
      return call.unresolved(`make: the variable ${displayText(word)} can change every recipe`);
    targets.push(text);
  }
  for (const folder of call.place.folders) runTargets(call, folder, targets);
}

function runTargets(call: Call, folder: string, targets: readonly string[]): void {
  const label = `make ${targets.join(' ')}`.trimEnd();
  const isOrdinary = targets.length > 0 && targets.every((target) => ordinaryTargets.has(target));
  const paths = manifestNames.map((name) => absolutePath(folder, name));
  for (const path of paths) call.files.runFile(path);
  const text = paths.map((path) => call.readFile(path)).find((found) => found !== undefined);
  if (text === undefined) {
    if (!isOrdinary) call.unresolved(`${label}: there is no makefile to read`);
    return;
  }
  const recipes = makeRecipes(text, targets);
  if (recipes === undefined) return call.unresolved(`${label}: its makefile is not understood`);
  for (const name of recipes.defaults) call.variables.assumeUnset(name, label);
  for (const recipe of recipes.lines) {
    call.runText(quotedWord(recipe), label, { contained: true, folders: [folder] });
  }
}
