import { addWrite } from './add-write.ts';
import { pathFacts } from './argument-paths.ts';
import { environmentReason } from './environment.ts';
import { foundNames } from './programs/runners/find-and-xargs.ts';
import { withFoldersOf } from './place.ts';
import type { Place } from './place.ts';
import { isKnownProgram } from './programs/program-handlers.ts';
import { runCommand } from './programs/run-command.ts';
import type { Walk } from './programs/run-command.ts';
import { displayText, literalText } from './syntax.ts';
import type { Redirect, Script, Separator, Statement, Word } from './syntax.ts';

/** Walks the statements of a script in order and gives the place the shell is left in: every folder it may be in. */
export function walkScript(walk: Walk, script: Script, place: Place): Place {
  let current = place;
  let before: Separator = ';';
  for (const { statement, separator } of script) {
    const isSure = before === ';' && separator !== '&';
    const after = walkStatement(walk, statement, isSure ? current : uncertain(current));
    before = separator;
    // A command that fails leaves the folder as it was, unless what follows needs its success.
    current = separator === '&&' ? after : withFoldersOf(after, current);
  }
  return { ...current, isCertain: place.isCertain };
}

function uncertain(place: Place): Place {
  return { ...place, isCertain: false };
}

/** What is in the parts of these statements may not run; a redirection that fails keeps its command from running. */
const doubtful: ReadonlySet<Statement['type']> = new Set([
  'pipeline',
  'redirected',
  'branches',
  'loop',
]);

function walkStatement(walk: Walk, statement: Statement, place: Place): Place {
  const inside = doubtful.has(statement.type) ? uncertain(place) : place;
  return { ...walkKind(walk, statement, inside), isCertain: place.isCertain };
}

function walkKind(walk: Walk, statement: Statement, place: Place): Place {
  switch (statement.type) {
    case 'simple':
      return walkSimple(walk, statement, place);
    case 'pipeline':
      return walkPipeline(walk, statement.stages, place);
    case 'list':
      return walkList(walk, statement.items, place);
    case 'redirected':
      return walkStatement(walk, statement.body, walkRedirects(walk, statement.redirects, place));
    case 'subshell':
      walkScript(walk, statement.body, place);
      return place;
    case 'branches':
      walkWords(walk, statement.words, place);
      return statement.bodies.reduce((before, body) => walkScript(walk, body, before), place);
    case 'loop':
      return walkLoop(walk, statement, place);
    case 'function':
      return walkFunction(walk, statement, place);
    case 'condition':
      if (statement.evaluates)
        walk.findings.addReason('a value is evaluated as arithmetic, which can run commands');
      walkWords(walk, statement.words, place);
      return place;
  }
}

/** In `a && cd b` the last statement runs only after the others went well: its folder is then the only one. */
function walkList(walk: Walk, items: Script, place: Place): Place {
  let current = place;
  let before: Place | undefined;
  let isFirst = true;
  for (const { statement, separator } of items) {
    const after = walkStatement(walk, statement, isFirst ? current : uncertain(current));
    isFirst = false;
    current = before === undefined ? after : withFoldersOf(after, before);
    before = separator === '&&' ? undefined : current;
    if (separator !== '&&') current = withFoldersOf(current, place);
  }
  return items.every(({ separator }, at) => separator === '&&' || at === items.length - 1)
    ? current
    : withFoldersOf(current, place);
}

function walkSimple(
  walk: Walk,
  statement: Extract<Statement, { type: 'simple' }>,
  place: Place,
): Place {
  walkWords(walk, statement.words, place);
  const inside = walkRedirects(walk, statement.redirects, place);
  const { input: _input, ...after } = runCommand(walk, statement.words, inside);
  return place.input === undefined ? after : { ...after, input: place.input };
}

function walkPipeline(walk: Walk, stages: readonly Statement[], place: Place): Place {
  let current = place;
  for (const [at, stage] of stages.entries()) {
    const previous = at === 0 ? undefined : stages[at - 1];
    const input = previous === undefined ? place.input : echoedText(previous);
    const { input: _input, ...rest } = current;
    const after = walkStatement(walk, stage, input === undefined ? rest : { ...rest, input });
    current = withFoldersOf(current, after);
  }
  return current;
}

/** About what `echo`, `printf` or `find` writes; not quite for the first two, because both have rules of their own for what they are given. */
function echoedText(statement: Statement): Word | undefined {
  if (statement.type !== 'simple') return undefined;
  const [name, ...words] = statement.words;
  const program = name === undefined ? undefined : literalText(name);
  if (program === 'find') return foundNames(words);
  if (program === 'cat' && words.length === 0) return givenText(statement.redirects);
  if (program !== 'echo' && program !== 'printf') return undefined;
  const texts = words.map(displayText).filter((text, at) => at > 0 || !/^-[neE]+$/.test(text));
  const text = texts.join(' ');
  return { raw: text, parts: [{ type: 'variable', text, name: '', complex: false, scripts: [] }] };
}

/** `cat` alone passes on what it is given. */
function givenText(redirects: readonly Redirect[]): Word | undefined {
  const texts = redirects.filter(({ operator }) => operator === '<<' || operator === '<<<');
  const isOnly =
    texts.length === 1 &&
    redirects.every(({ operator }) => !operator.startsWith('<') || operator.startsWith('<<'));
  return isOnly ? texts[0]?.target : undefined;
}

function walkLoop(
  walk: Walk,
  statement: Extract<Statement, { type: 'loop' }>,
  place: Place,
): Place {
  walkWords(walk, statement.words, place);
  const inside = { ...place, values: loopValues(walk, statement, place) };
  const after = statement.bodies.reduce((before, body) => walkScript(walk, body, before), inside);
  if (after.folders.some((folder) => !place.folders.includes(folder))) {
    walk.findings.addReason('the folder is changed inside of a loop');
  }
  return { ...after, values: place.values };
}

/** A loop's variable has the values of its list as long as its name stands nowhere else in the text. */
function loopValues(
  walk: Walk,
  { variable, words }: Extract<Statement, { type: 'loop' }>,
  place: Place,
): Place['values'] {
  if (variable === undefined) return place.values;
  walk.variables.set(variable);
  const reason = environmentReason(variable, undefined);
  if (reason !== undefined) walk.findings.addReason(reason);
  const values = new Map(place.values);
  const uses = walk.text.match(new RegExp(`(?<![\\w\${])${variable}(?!\\w)`, 'g')) ?? [];
  const isKnown = words.every((word) =>
    word.parts.every((part) => /^(?:literal|quoted|glob)$/.test(part.type)),
  );
  const isShort = words.length > 0 && words.length <= 20;
  if (isKnown && isShort && uses.length === 1) values.set(variable, words);
  else values.delete(variable);
  return values;
}

function walkFunction(
  walk: Walk,
  statement: Extract<Statement, { type: 'function' }>,
  place: Place,
): Place {
  const { name } = statement;
  if (isKnownProgram(name))
    walk.findings.addReason(`the function ${name} takes the name of a known program`);
  const functions = place.isCertain ? new Set([...place.functions, name]) : place.functions;
  const inside = { ...place, functions };
  const after = walkStatement(walk, statement.body, { ...inside, via: [...place.via, name] });
  if (after.folders.some((folder) => !place.folders.includes(folder))) {
    walk.findings.addReason('the folder is changed inside of a function');
  }
  return isKnownProgram(name) ? place : inside;
}

function walkRedirects(walk: Walk, redirects: readonly Redirect[], place: Place): Place {
  let current = place;
  for (const { operator, target } of redirects) {
    walkWords(walk, [target], place);
    if (operator === '<<' || operator === '<<<') {
      current = { ...current, input: target };
      continue;
    }
    const text = displayText(target);
    if (/^[<>]&$/.test(operator) && /^(?:\d+-?|-)$/.test(text)) continue;
    const socket = /^\/dev\/(?:tcp|udp)\/([^/]*)/.exec(text)?.[1];
    if (socket !== undefined) {
      walk.findings.addReason('a redirection opens a connection');
      walk.findings.addHost(socket.toLowerCase());
      continue;
    }
    if (/^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|mapper|dm-|loop|md)/.test(text))
      walk.findings.markDestructive();
    if (operator === '<' || operator === '<>') {
      const context = { folders: place.folders, workspaceRoot: walk.workspaceRoot };
      for (const fact of pathFacts(target, 'read', context)) walk.findings.addPath(fact);
    }
    if (operator !== '<' && operator !== '<&') addWrite(walk, target, place);
  }
  return current;
}

/** Lists what the substitutions of words run, and says where a word does more than give a value. */
function walkWords(walk: Walk, words: readonly Word[], place: Place): void {
  for (const part of words.flatMap((word) => word.parts)) {
    if (part.type === 'substitution') walkScript(walk, part.script, place);
    else if ('scripts' in part) for (const script of part.scripts) walkScript(walk, script, place);
    if (part.type === 'variable' && part.complex)
      walk.findings.addReason(`the expansion ${part.text} is not followed`);
    if (part.type === 'arithmetic' && part.evaluates) {
      walk.findings.addReason('a value is evaluated as arithmetic, which can run commands');
    }
  }
}
