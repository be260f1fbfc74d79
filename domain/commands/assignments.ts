import type { VariableReach } from './call.ts';
import { environmentReason, looksPassedOn, passedOnReason } from './environment.ts';
import type { Place } from './place.ts';
import { isNotable } from './programs/program-names.ts';
import type { Walk } from './programs/run-command.ts';
import { displayText, literalText } from './syntax.ts';
import type { Word } from './syntax.ts';

/** How deep values may be nested and still be looked into. */
const maxDepth = 16;

/** True for a word that sets a variable when it stands before a command. */
export function isAssignment(word: Word): boolean {
  const quoted = word.parts.findIndex((part) => part.type !== 'literal' && part.type !== 'glob');
  const parts = quoted < 0 ? word.parts : word.parts.slice(0, quoted);
  return /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/.test(parts.map((part) => part.text).join(''));
}

/** Where a variable is set, and who sees it. */
export interface Reached {
  readonly place: Place;
  readonly reach: VariableReach;
}

/** Notes what a word like `NAME=value` sets. */
export function checkAssignment(walk: Walk, word: Word, { place, reach }: Reached): void {
  const text = displayText(word);
  const match = /^([A-Za-z_]\w*)(\[[^\]]*\])?\+?=/.exec(text);
  const isKnown = literalText(word) !== undefined && match?.[0].endsWith('+=') === false;
  const value = text.slice(match?.[0].length ?? 0);
  const isFine = setVariable(
    walk,
    { name: match?.[1] ?? '', value: isKnown ? value : undefined },
    { place, reach },
  );
  if (!isFine) runValue(walk, value, place);
  if (match?.[2] !== undefined && !/^\[\d+\]$/.test(match[2])) {
    walk.findings.addReason('a subscript is evaluated as arithmetic');
  }
}

/** A variable that a text sets. */
export interface Variable {
  readonly name: string;
  /** Undefined when it is not known. */
  readonly value: string | undefined;
}

/** Notes a variable; false when setting it may change what runs. */
export function setVariable(
  walk: Walk,
  { name, value }: Variable,
  { place, reach }: Reached,
): boolean {
  walk.variables.set(name);
  const isPassedOn = reach === 'programs' && !place.contained;
  const reason = (isPassedOn ? passedOnReason : environmentReason)(name, value);
  if (reason !== undefined) walk.findings.addReason(reason);
  else if (
    reach === 'shell' &&
    !place.contained &&
    looksPassedOn(name) &&
    passedOnReason(name, value) !== undefined
  )
    walk.variables.setInShell(name);
  return reason === undefined;
}

/** A value that other code runs is looked into as a shell text when it holds a name that stands out. */
function runValue(walk: Walk, value: string, place: Place): void {
  if (!value.split(/[\s;|&]+/).some(isNotable) || place.depth > maxDepth) return;
  const parsed = walk.parse(value);
  if (parsed.type === 'unparsed') return;
  walk.walkScript(parsed.script, {
    ...place,
    via: [...place.via, 'environment'],
    depth: place.depth + 1,
  });
}
