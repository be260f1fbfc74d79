import { maySetFromTheStart } from '../environment.ts';

interface Rule {
  readonly needs: readonly string[];
  readonly recipe: string[];
}

/** What `make` would run. */
export interface MakeRecipes {
  /** Lines of the recipes, prerequisites first. */
  readonly lines: readonly string[];
  /** Variables with a value of `?=`, which the environment goes before. */
  readonly defaults: ReadonlySet<string>;
}

/**
 * The recipe lines that `make` would run for some targets; without targets the first rule counts. Undefined when the
 * makefile holds anything but plain rules and plain variables: then no recipe is known.
 */
export function makeRecipes(text: string, targets: readonly string[]): MakeRecipes | undefined {
  const makefile = readMakefile(text);
  if (makefile === undefined) return undefined;
  const wanted = targets.length > 0 ? targets : [...makefile.rules.keys()].slice(0, 1);
  const lines: string[] = [];
  const seen = new Set<string>();
  const visit = (target: string): boolean => {
    if (seen.has(target)) return true;
    seen.add(target);
    const rule = makefile.rules.get(target);
    if (rule === undefined) return !targets.includes(target);
    if (!rule.needs.every(visit)) return false;
    const recipe = rule.recipe.map((line) => expanded(line, makefile.variables));
    for (const line of recipe) if (line !== undefined) lines.push(line);
    return !recipe.includes(undefined);
  };
  return wanted.every(visit) ? { lines, defaults: makefile.defaults } : undefined;
}

interface Makefile {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly variables: ReadonlyMap<string, string>;
  readonly defaults: ReadonlySet<string>;
}

function readMakefile(text: string): Makefile | undefined {
  const rules = new Map<string, Rule>();
  const variables = new Map<string, string>();
  const defaults = new Set<string>();
  let current: readonly Rule[] = [];
  for (const line of logicalLines(text)) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    if (line.startsWith('\t')) {
      const recipe = line.slice(1).replace(/^[\s@+-]+/, '');
      for (const rule of current) rule.recipe.push(recipe);
      continue;
    }
    const variable = /^([\w.-]+)\s*([:?]?)=\s*([^#]*?)\s*(?:#.*)?$/.exec(line);
    if (variable !== null) {
      const [, name = '', kind, value = ''] = variable;
      if (isSpecial(name) || /\$/.test(value)) return undefined;
      if (kind === '?' && maySetFromTheStart(name)) return undefined;
      if (kind !== '?') defaults.delete(name);
      else if (variables.has(name)) continue;
      else defaults.add(name);
      variables.set(name, value);
      continue;
    }
    const rule = /^([\w./ -]+?)\s*:(?![:=])\s*([\w./ -]*)(?:#.*)?$/.exec(line);
    if (rule === null) return undefined;
    current = (rule[1] ?? '').split(/\s+/).map((name) => addRule(rules, name, rule[2] ?? ''));
  }
  return { rules, variables, defaults };
}

/** Lines with those that go on after a backslash: make joins its own with a blank, a recipe's are left to the shell. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const isRecipe = (open ?? line).startsWith('\t');
    const whole =
      open === undefined ? line : isRecipe ? `${open}\n${line.replace(/^\t/, '')}` : open + line;
    const continues = /(?<!\\)(?:\\\\)*\\$/.test(line);
    if (!continues) lines.push(whole);
    open = continues ? (isRecipe ? whole : `${whole.slice(0, -1)} `) : undefined;
  }
  return open === undefined ? lines : [...lines, open];
}

function isSpecial(name: string): boolean {
  return /^(?:SHELL|\.SHELLFLAGS|MAKEFLAGS|MAKE|PATH|\..*)$/.test(name);
}

function addRule(rules: Map<string, Rule>, name: string, needs: string): Rule {
  const known = rules.get(name);
  const rule: Rule = {
    needs: [...(known?.needs ?? []), ...needs.split(/\s+/).filter((need) => need !== '')],
    recipe: known?.recipe ?? [],
  };
  rules.set(name, rule);
  return rule;
}

/** A recipe line with the makefile's own variables in it; undefined when something else is expanded. */
function expanded(line: string, variables: ReadonlyMap<string, string>): string | undefined {
  let isKnown = true;
  const text = line.replaceAll(
    /\$(?:\$|[({]([^(){}]*)[)}]|(.))?/g,
    (match: string, name?: string, letter?: string) => {
      if (match === '$$') return '$';
      const value = variables.get(name ?? letter ?? '');
      if (name === 'MAKE') return 'make';
      if (value === undefined) isKnown = false;
      return value ?? '';
    },
  );
  return isKnown ? text : undefined;
}
