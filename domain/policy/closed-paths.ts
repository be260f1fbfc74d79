import { applyRule } from './apply-rule.ts';
import type { PolicyProfile, PolicyRule } from './profile-schema.ts';
import type { Subject } from './subjects.ts';

/** How a file is closed to programs: no call may read it, or only one that names it and was approved. */
export type Closing = 'ask' | 'deny';

/** Says how a path of the workspace, without links and `..`, is closed to programs; undefined: it is open. */
export type ClosingOf = (path: string) => Closing | undefined;

/** A command that reads a path is held against the rules of both. */
const readingTools = ['shell', 'read_file'] as const;

/** Ordinary names: a rule that closes these too closes its tool, and no file by its name. */
const ordinaryPaths = ['a', 'a/b'] as const;

/**
 * Files that programs need as they are: without them nothing that is built or tested would run. In the order of
 * languages; with a dot.
 */
const programTexts: ReadonlySet<string> = new Set(
  [
    '.js .cjs .mjs .jsx .ts .cts .mts .tsx .vue .svelte .map .css .scss .html',
    '.py .pyi .pyc .so .rb .php .pl .lua .sh .bash .r .jl .ex .exs .erl .clj .hs .ml',
    '.c .h .cc .cpp .hpp .m .swift .rs .go .java .class .jar .kt .kts .scala .groovy .cs .fs .dart .zig .sql',
  ].flatMap((endings) => endings.split(' ')),
);

/**
 * Makes what says which files policies close to the programs of commands. A program that walks a folder names no file,
 * so that no verdict on its command speaks of them: they are closed one by one, by the first rule that says something on
 * reading them by name; of all policies the strictest counts. Text of programs stays open.
 */
export function closingBy(profiles: readonly Pick<PolicyProfile, 'rules'>[]): ClosingOf {
  const lists = profiles.flatMap(({ rules }) =>
    readingTools.map((tool) => ({ tool, rules: rules.filter((rule) => speaks(rule, tool)) })),
  );
  return (path) => {
    if (isProgramText(path)) return undefined;
    const said = lists.map(({ tool, rules }) => firstOn(rules, tool, path));
    return said.includes('deny') ? 'deny' : said.find((type) => type === 'ask');
  };
}

function firstOn(rules: readonly PolicyRule[], tool: string, path: string) {
  for (const rule of rules) {
    const type = applyRule(rule, tool, reading(path));
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Whether a rule may open files, or close some of them by their names. */
function speaks(rule: PolicyRule, tool: string): boolean {
  const said = ordinaryPaths.map((path) => applyRule(rule, tool, reading(path)));
  return said.every((type) => type === undefined || type === 'allow');
}

function reading(path: string): Subject {
  return { type: 'path', path: { path, operation: 'read' } };
}

function isProgramText(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && programTexts.has(name.slice(dot).toLowerCase());
}
