import { patternWord } from '../argument-paths.ts';
import type { Call } from '../call.ts';
import { names } from './program-names.ts';
import { displayText, literalText, quotedWord } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Operands that are folders or files which a command makes: of all operands, the one at this place. */
const makes: { readonly [command: string]: readonly [after: RegExp, at: number] } = {
  worktree: [/^(?:add|move)$/, 1],
  clone: [/^/, 1],
  init: [/^/, 0],
  bundle: [/^create$/, 1],
};

/** Notes the folders and files that a command makes where it is told to. */
export function madeByGit(call: Call, name: string, args: readonly Word[]): void {
  const [after, at] = (Object.hasOwn(makes, name) ? makes[name] : undefined) ?? [/^/, -1];
  const operands = args.filter((word) => !displayText(word).startsWith('-'));
  if (!after.test(displayText(operands[0] ?? quotedWord('')))) return;
  // Values of options stand among the operands: what may be the place is taken for it.
  for (const word of at < 0 ? [] : operands.slice(at)) {
    const text = displayText(word);
    if (/^[/~.]|(?:^|\/)\.git(?:\/|$)/.test(text)) call.writes(word);
  }
}

/** Commands that show what files hold. */
const showsContent = names(
  'annotate archive blame diff format-patch grep log show stash whatchanged',
);

/** Notes the paths that a command reads, with the wildcards and magic words that git knows in them. */
export function readByGit(call: Call, name: string, args: readonly Word[]): void {
  if (name === 'cat-file' && args.some((word) => displayText(word).startsWith('--batch')))
    call.unresolved('git cat-file --batch shows the objects that its input names');
  let isPattern =
    name === 'grep' && !args.some((word) => /^-[a-zA-Z]*[ef]/.test(displayText(word)));
  for (const word of args) {
    const text = displayText(word);
    if (text.startsWith('-')) {
      call.reads(word);
      if (text === '--') isPattern = false;
      continue;
    }
    pathOf(call, word);
    if (!isPattern && showsContent.has(name) && literalText(word) !== undefined)
      pathspec(call, text);
    isPattern = false;
  }
}

/** Git reads wildcards in paths itself, and words of its own in front of them. */
function pathspec(call: Call, text: string): void {
  if (/^:\([^)]*(?:icase|attr)|^:\((?!glob\)|top\)|literal\)|exclude\))/.test(text))
    call.unresolved(`git: the pathspec ${text} is not followed`);
  else if (/[*?[]/.test(text) && !/^:[!^]|^:\(exclude\)/.test(text))
    call.reads(patternWord(text.replace(/^:(?:\([^)]*\)|\/)?/, '')));
}

function pathOf(call: Call, word: Word): void {
  const text = literalText(word);
  const after = text === undefined ? undefined : /^[^:]*:(.+)$/.exec(text)?.[1];
  if (after !== undefined && !after.startsWith('/')) call.reads(after);
  call.reads(word);
}
