import type { Call, Handler, Handlers } from '../call.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Handlers of sed and of editors, which have commands of their own. */
export const editorHandlers: Handlers = new Map<string, Handler>([
  ['sed', sed],
  ...[
    'vi',
    'vim',
    'vimdiff',
    'gvim',
    'gvimdiff',
    'rvim',
    'rview',
    'vimx',
    'evim',
    'eview',
    'nvi',
    'elvis',
    'jed',
    'mcedit',
    'ne',
    'nvim',
    'view',
    'ex',
    'ed',
    'red',
    'emacs',
    'nano',
    'pico',
    'joe',
    'kak',
    'hx',
    'micro',
  ].map((name): [string, Handler] => [name, editor]),
  ['less', pager],
  ['more', pager],
]);

function editor(call: Call): void {
  call.unresolved(`${call.name} runs commands of its own`);
  for (const word of call.args) {
    const text = literalText(word);
    const command = text === undefined ? undefined : /!\s*(.+)$/s.exec(text)?.[1];
    if (command !== undefined)
      call.runText({ raw: command, parts: [{ type: 'quoted', text: command }] }, call.name);
    if (text?.startsWith('-') === false && !text.startsWith('+')) call.writes(word);
  }
}

function pager(call: Call): void {
  const isHidden = call.args.some(
    (word) => word.parts[0]?.type === 'glob' && displayText(word) === '{}',
  );
  if (isHidden || call.args.some((word) => displayText(word).startsWith('+')))
    call.unresolved(`${call.name} + runs commands`);
  for (const word of call.args) call.reads(word);
}

interface SedWords {
  readonly scripts: readonly Word[];
  readonly files: readonly Word[];
  readonly inPlace: boolean;
}

function sed(call: Call): void {
  const words = sedWords(call);
  if (words === undefined) return;
  for (const script of words.scripts) {
    const text = literalText(script);
    const reason = text === undefined ? 'its script is not known' : sedReason(text);
    if (reason !== undefined) call.unresolved(`sed: ${reason}`);
  }
  for (const file of words.files) {
    if (words.inPlace) call.writes(file);
    else call.reads(file);
  }
}

function sedWords(call: Call): SedWords | undefined {
  const scripts: Word[] = [];
  const files: Word[] = [];
  let inPlace = false;
  let takesScript = false;
  for (const word of call.args) {
    const text = displayText(word);
    if (takesScript) {
      scripts.push(word);
      takesScript = false;
    } else if (/^(?:-[nErsuzib]*i|--in-place)/.test(text)) inPlace = true;
    else if (/^-[nErsuz]*e$|^--expression$/.test(text)) takesScript = true;
    else if (
      /^-[nErsuz]+$|^--(?:quiet|silent|regexp-extended|null-data|posix|separate|debug|version|help|sandbox)$/.test(
        text,
      )
    )
      continue;
    else if (text.startsWith('-') && text !== '-') {
      call.unresolved(`sed: the option ${text} is not followed`);
      return undefined;
    } else files.push(word);
  }
  const [first, ...rest] = files;
  if (scripts.length > 0 || first === undefined) return { scripts, files, inPlace };
  return { scripts: [first], files: rest, inPlace };
}

const address = String.raw`(?:\d+|\$|/(?:[^/\\\n]|\\.)*/I?)`;
const range = String.raw`(?:${address}(?:,[+~]?${address})?\s*!?\s*)?`;
const substitution = String.raw`s(?:/(?:[^/\\\n]|\\.)*/(?:[^/\\\n]|\\.)*/|\|(?:[^|\\\n]|\\.)*\|(?:[^|\\\n]|\\.)*\||#(?:[^#\\\n]|\\.)*#(?:[^#\\\n]|\\.)*#|,(?:[^,\\\n]|\\.)*,(?:[^,\\\n]|\\.)*,)[gpiI\d]*`;
const transliteration = String.raw`y/(?:[^/\\\n]|\\.)*/(?:[^/\\\n]|\\.)*/`;
const simple = String.raw`(?:[dDgGhHlnNpPqQxz=]|[qQ]\s*\d+)`;
const command = String.raw`\s*(?:${range}(?:${substitution}|${transliteration}|${simple}))?\s*`;
const known = new RegExp(String.raw`^${command}(?:[;\n]${command})*$`);

/** Only scripts made of commands that print, delete and replace are understood: others can run programs or write files. */
function sedReason(script: string): string | undefined {
  const appended = /^\s*(?:\d+|\$|\/[^/\\\n]*\/)?\s*[aic]\\?\s*[^\n]*$/;
  if (script.length > 2_000) return 'its script is too long';
  return known.test(script) || (appended.test(script) && !/\\\n/.test(script))
    ? undefined
    : 'its script can run commands or write files';
}
