import type { Call, Handler, Handlers } from '../../call.ts';
import { absolutePath } from '../../place.ts';
import { displayText, literalText, quotedWord } from '../../syntax.ts';
import type { Word } from '../../syntax.ts';

interface Interpreter {
  /** Options that take no value and change nothing that matters, as a pattern. */
  readonly harmless: RegExp;
  /** Options that end the program before it looks at anything behind them. */
  readonly ends?: RegExp;
  /** Options that end the program when they are its only word. */
  readonly endsAlone?: RegExp;
  /** Words after which code of the workspace runs under a name of its own, such as `-m pytest`. */
  readonly modules?: ReadonlySet<string>;
}

const version = /^--version$/;

const interpreters: ReadonlyMap<string, Interpreter> = new Map<string, Interpreter>([
  [
    'python',
    {
      harmless: /^-(?:[BEIOOsSuvqbx]+|W(?:ignore|error|default))$/,
      ends: /^(?:-VV?|--version|-h|--help)$/,
      modules: new Set(
        'pytest unittest mypy ruff black flake8 pylint isort compileall json.tool venv coverage build doctest tox nox sphinx mkdocs pyflakes tabnanny'.split(
          ' ',
        ),
      ),
    },
  ],
  [
    'node',
    {
      harmless:
        /^--?(?:check|c|test|no-warnings|trace-warnings|enable-source-maps|experimental-vm-modules|experimental-strip-types|test-only|watch|expose-gc|test-concurrency=\d+|test-timeout=\d+|test-reporter=(?:spec|tap|dot)|test-name-pattern=.*|max-old-space-size=\d+|disable-warning=[\w:-]+)$/,
      ends: /^(?:-v|--version|-h|--help)$/,
    },
  ],
  ['perl', { harmless: /^-[wWtTcs]+$/, ends: /^-v$/, endsAlone: version }],
  ['ruby', { harmless: /^-(?:[wvc]+|W\d?)$/, endsAlone: /^(?:-v|--version)$/ }],
  ['php', { harmless: /^-[lmnq]$/, endsAlone: /^(?:-v|--version)$/ }],
  ['lua', { harmless: /^-[vE]+$/, endsAlone: /^-v$/ }],
  ['deno', { harmless: /^(?:--quiet|-q)$/, endsAlone: version }],
  ['bun', { harmless: /^--silent$/, endsAlone: version }],
  ['tsx', { harmless: /^--(?:watch|test)$/, endsAlone: version }],
  ['ts-node', { harmless: /^--?(?:esm|T|transpile-only)$/, endsAlone: version }],
  ['Rscript', { harmless: /^--vanilla$/, endsAlone: version }],
  ['julia', { harmless: /^$/, endsAlone: version }],
  ['java', { harmless: /^-(?:jar|ea|Xm[xs]\d+[kmg])$/, endsAlone: /^--?version$/ }],
  ['tclsh', { harmless: /^$/ }],
  ['wish', { harmless: /^$/ }],
  ['expect', { harmless: /^$/ }],
  ['osascript', { harmless: /^$/ }],
  ['groovy', { harmless: /^$/, endsAlone: version }],
  ['scala', { harmless: /^$/, endsAlone: version }],
  ['swift', { harmless: /^$/, endsAlone: version }],
  ['elixir', { harmless: /^$/, endsAlone: version }],
  ['erl', { harmless: /^$/ }],
  ['ghci', { harmless: /^$/, endsAlone: version }],
  ['runghc', { harmless: /^$/, endsAlone: version }],
  ['pwsh', { harmless: /^$/, endsAlone: version }],
  ['guile', { harmless: /^$/, endsAlone: version }],
  ['sbcl', { harmless: /^$/, endsAlone: version }],
  ['awk', { harmless: /^-/ }],
]);

/** The interpreter that a name stands for: versions and variants are the same program. */
export function interpreterName(name: string): string | undefined {
  const base =
    /^(python|pypy|perl|ruby|php|lua|luajit|node|nodejs|julia|guile|tclsh|wish|ghci|runghc|scala)-?[\d.]*$/.exec(
      name,
    )?.[1] ?? name;
  const usual =
    new Map([
      ['pypy', 'python'],
      ['luajit', 'lua'],
      ['nodejs', 'node'],
      ['runhaskell', 'runghc'],
      ['gawk', 'awk'],
      ['mawk', 'awk'],
      ['nawk', 'awk'],
      ['ts-node-esm', 'ts-node'],
    ]).get(base) ?? base;
  return interpreters.has(usual) ? usual : undefined;
}

/** Handlers of interpreters by the name `interpreterName` gives. */
export const interpreterHandlers: Handlers = new Map<string, Handler>([
  ...[...interpreters.keys()].map((name): [string, Handler] => [
    name,
    name === 'awk' ? awk : interpreter,
  ]),
  ['coverage', coverage],
]);

/** A file of the repository may be run; code in a word, in the input or in a module that is not known may not. */
function interpreter(call: Call): void {
  const language = interpreterName(call.name) ?? call.name;
  const spec = interpreters.get(language);
  if (spec === undefined) return;
  const args = skipSubcommand(language, call.args);
  for (const [at, word] of args.entries()) {
    const text = literalText(word);
    if (text === undefined) return call.unresolved(`${call.name}: ${word.raw} is not known`);
    if (text === '-') return call.unresolved(`${call.name} reads code from its input`);
    if (text === '-m' && spec.modules !== undefined)
      return moduleRun(call, spec.modules, args.slice(at + 1));
    if (language === 'node' && /^(?:inspect|debug)$/.test(text))
      return call.unresolved('node inspect reads code from its input');
    if (!text.startsWith('-')) return codeFile(call, word, args.slice(at + 1));
    if (spec.ends?.test(text) === true) return;
    if (call.args.length === 1 && spec.endsAlone?.test(text) === true) return;
    if (!spec.harmless.test(text))
      return call.unresolved(`${call.name} ${text} can run code that is not looked into`);
    if (/^--?(?:test|check)$/.test(text) && language === 'node')
      return readAll(call, args.slice(at + 1));
  }
  call.unresolved(`${call.name} reads code from its input`);
}

/** `deno run x`, `bun run x`: the words before a file. Other words of theirs are not followed. */
function skipSubcommand(language: string, args: readonly Word[]): readonly Word[] {
  if (language !== 'deno' && language !== 'bun') return args;
  const first = args[0] === undefined ? undefined : literalText(args[0]);
  if (first === 'run' || first === 'test' || first === 'fmt' || first === 'lint')
    return args.slice(1);
  return first === undefined || first.startsWith('-') || /\.[cm]?[jt]sx?$/.test(first) ? args : [];
}

function moduleRun(call: Call, modules: ReadonlySet<string>, rest: readonly Word[]): void {
  const [name, ...args] = rest.map((word) => literalText(word));
  if (name === undefined || !modules.has(name)) {
    return call.unresolved(`${call.name} -m ${name ?? ''} runs code that is not looked into`);
  }
  if (args.includes(undefined))
    return call.unresolved(`${call.name} -m ${name}: a word is not known`);
  call.run(rest, `${call.name} -m`);
}

function codeFile(call: Call, file: Word, args: readonly Word[]): void {
  call.reads(file);
  const name = literalText(file) ?? '';
  const paths = call.place.folders.map((folder) => absolutePath(folder, name));
  for (const path of paths) call.files.runFile(path);
  call.files.runCode(call.name);
  if (/^(?:https?|data|file|npm|jsr):/.test(name) || /^\/(?:dev|proc)\//.test(name)) {
    call.unresolved(`${call.name} runs ${name}, which is not a file of the workspace`);
  }
  if (name.startsWith('/') && !call.place.folders.some((folder) => isNear(folder, name))) {
    call.unresolved(`${call.name} runs ${name}, which is not a file of the workspace`);
  }
  for (const word of args) call.reads(word);
  call.runNotable(args, call.name);
}

function isNear(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}

function readAll(call: Call, words: readonly Word[]): void {
  for (const word of words) if (!word.raw.startsWith('-')) call.reads(word);
  const option = words.find((word) => word.raw.startsWith('-') && !word.raw.startsWith('--test-'));
  if (option !== undefined)
    call.unresolved(`${call.name} ${option.raw} can run code that is not looked into`);
}

/** `coverage run` takes what python takes. */
function coverage(call: Call): void {
  const [first, ...args] = call.args;
  if (first === undefined || literalText(first) !== 'run') {
    for (const word of call.args) call.reads(word);
    return;
  }
  const at = args.findIndex(
    (word) =>
      !/^(?:--(?:branch|append|parallel-mode|pylib|source|omit|include|data-file|concurrency)(?:=.*)?|-[apL]+)$/.test(
        displayText(word),
      ),
  );
  call.run([quotedWord('python'), ...(at < 0 ? [] : args.slice(at))], 'coverage run');
}

/** Programs of awk are code, but most only print fields: those that cannot start anything are understood. */
function awk(call: Call): void {
  const index = call.args.findIndex((word, at) => isProgram(call.args, word, at));
  const program = call.args[index];
  const before = call.args.slice(0, index < 0 ? undefined : index).map(displayText);
  if (before.some((text) => text.startsWith('-') && !/^-[FvbPrV]/.test(text))) {
    call.unresolved(`${call.name} takes code from a file or an option`);
  }
  if (program === undefined) return;
  const text = literalText(program);
  if (
    text === undefined ||
    /[|>@]|system|getline|close|fflush|printf?\s*>|ENVIRON|\bload|ARG[CV]|SYMTAB|PROCINFO|FUNCTAB/.test(
      withoutComparisons(text ?? ''),
    )
  ) {
    call.unresolved(`${call.name}: the program can run commands or write files`);
  }
  for (const file of call.args.slice(index + 1)) call.reads(file);
}

function isProgram(args: readonly Word[], word: Word, at: number): boolean {
  if (displayText(word).startsWith('-')) return false;
  const previous = args[at - 1];
  return previous === undefined || !/^-[Fv]$/.test(displayText(previous));
}

function withoutComparisons(text: string): string {
  return text
    .replaceAll('||', ' ')
    .replaceAll(/\b(?:NR|NF|FNR|length|\$\d+|\w+)\s*>=?\s*\d+/g, (match) =>
      /print/.test(text.slice(0, text.indexOf(match))) ? match : ' ',
    );
}
