import { absolutePaths } from '../add-write.ts';
import type { Call } from '../call.ts';
import { hasCodeOptions, optionValuesOf } from './runners/code-options.ts';
import { plainPrograms } from './program-names.ts';
import { displayText } from '../syntax.ts';
import type { Word } from '../syntax.ts';

interface Outputs {
  /** Options whose value is a file that is written, separated by blanks. */
  readonly options?: string;
  /** Which operands are written: from this one on, counted from 0. */
  readonly operands?: number;
  /** Short options that take a value, so that it is no operand. */
  readonly valued?: string;
  /** Files come out of an archive, under names that it holds, when a word matches. */
  readonly unpacks?: RegExp;
}

/** Programs that write files which their words name, or that an archive names. */
const table: { readonly [program: string]: Outputs } = {
  uniq: { operands: 1, valued: 'fsw' },
  xxd: { operands: 1, valued: 'cglosnR' },
  split: { operands: 1, valued: 'abClnt' },
  csplit: { options: '-f --prefix' },
  shuf: { options: '-o --output' },
  tree: { options: '-o' },
  iconv: { options: '-o --output' },
  zstd: { options: '-o --output-dir-flat --output-dir-mirror' },
  unzstd: { options: '-o --output-dir-flat --output-dir-mirror' },
  mktemp: { options: '-p --tmpdir', operands: 0, valued: 'p' },
  zip: { options: '-O --out --output-file', operands: 0 },
  ar: { unpacks: /^-?[a-z]*x/, operands: 1 },
  cpio: { unpacks: /^-[A-Za-z]*[ip]|^--(?:ext|pass)/, options: '-D --directory -O' },
  ctags: { options: '-f -o' },
  openssl: { options: '-out -keyout -CAserial -writerand -certfile -sigopt' },
  patch: { options: '-o --output -r --reject-file -B --prefix', operands: 0 },
  sqlite3: { operands: 0 },
  tsc: { options: '--outFile --outDir --declarationDir --tsBuildInfoFile' },
  cloc: { options: '--out --report-file --counted --ignored --found --categorized' },
  cmake: { options: '-B' },
  ld: { options: '-o -Map' },
  gofmt: {},
};

/** Options by which programs in general are told where to write, with two dashes or one. */
const usual =
  /^--?(?:o|out(?:put)?(?:-?(?:file|dir|directory|path))?|out-?dir(?:ectory)?|dest(?:ination)?|log-?file|junit-?xml|report-?file|result-?file|target-dir|cache-?(?:dir|directory|location)|coverage-?dir(?:ectory)?|basetemp|save|dump)$/i;

/** Options whose value is a pattern of what is left out. */
const leavesOut = /^--?(?:[\w-]*-)?(?:exclude|ignore|skip|glob|filter|prune)/i;

/** Notes the files that a program writes because its words say so. */
export function noteOutputs(call: Call): void {
  const entry = Object.hasOwn(table, call.name) ? table[call.name] : undefined;
  const { options = '', operands, unpacks } = entry ?? {};
  for (const option of options.split(' ').filter((name) => name !== ''))
    for (const word of optionValuesOf(call.args, option)) call.writes(word);
  if (operands !== undefined)
    for (const word of operandsOf(call.args, entry?.valued ?? '').slice(operands))
      call.writes(word);
  if (unpacks !== undefined && call.args.some((word) => unpacks.test(displayText(word))))
    unpack(call);
  if (!plainPrograms.has(call.name)) usualOutputs(call);
}

/** Files under names that nobody knows come to stand in a folder. */
export function unpack(call: Call, folder: Word | string = '.'): void {
  call.writes(folder);
  for (const path of absolutePaths(folder, call.place)) call.files.writeTree(path, 'archive');
}

function usualOutputs(call: Call): void {
  for (const [at, word] of call.args.entries()) {
    const [name = '', ...rest] = displayText(word).split('=');
    if (!name.startsWith('-') || leavesOut.test(name)) continue;
    const value = rest.length > 0 ? rest.join('=') : undefined;
    const next = call.args[at + 1];
    const isUsual = usual.test(name) && !(hasCodeOptions(call.name) && name === '-o');
    const target =
      value ?? (next === undefined || displayText(next).startsWith('-') ? undefined : next);
    // What an option means is not known for every program, but nothing of git's own is there to be named.
    if (target === undefined) continue;
    if (isUsual) call.writes(target);
    const inGit = pathInGit(typeof target === 'string' ? target : displayText(target));
    if (inGit !== undefined) call.writes(inGit);
  }
}

/** The path into `.git` that a value is or ends with, as in `xml:.git/x`. */
function pathInGit(value: string): string | undefined {
  return /(?:^|[@:,=])((?:[^@:,=]*\/)?\.git(?:\/.*)?)$/s.exec(value)?.[1];
}

function operandsOf(words: readonly Word[], valued: string): Word[] {
  const found: Word[] = [];
  let isOpen = true;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const text = word === undefined ? '' : displayText(word);
    if (isOpen && text === '--') isOpen = false;
    else if (isOpen && /^-./.test(text)) {
      if (/^-[A-Za-z]+$/.test(text) && valued.includes(text.slice(-1))) at += 1;
    } else if (word !== undefined) found.push(word);
  }
  return found;
}
