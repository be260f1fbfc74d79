import type { Call } from '../call.ts';
import { readOptions } from '../options.ts';
import { madeByGit, readByGit } from './git-paths.ts';
import { absolutePath } from '../place.ts';
import { names } from './program-names.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { runJoined } from './runners/wrappers.ts';

const knownCommands = names(
  `add am annotate apply archive bisect blame branch bundle cat-file check-attr check-ignore check-ref-format checkout
  cherry cherry-pick clean clone commit commit-tree config count-objects describe diff diff-files diff-index diff-tree
  difftool fast-export fetch filter-branch for-each-ref format-patch fsck gc grep hash-object help init log ls-files
  ls-remote ls-tree maintenance merge merge-base merge-tree mergetool mv name-rev notes pack-refs prune pull push
  range-diff read-tree rebase reflog remote repack replace rerere reset restore rev-list rev-parse revert rm shortlog
  show show-branch show-ref sparse-checkout stash status submodule switch symbolic-ref tag update-index update-ref
  var verify-commit verify-tag version whatchanged worktree write-tree`,
);

const neverFollowed = names(
  'filter-branch difftool mergetool help send-email credential daemon instaweb gui hook var maintenance',
);

/** Looks into a git command: its own options, what its subcommand may run, what it destroys, and where it talks to. */
export function gitCommand(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, {
    flags: 'pP',
    valued: 'C',
    long: 'no-pager paginate no-optional-locks literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-replace-objects bare version help no-lazy-fetch',
  });
  const folder = options.get('C');
  if (folder !== undefined) insideOnly(call, folder);
  if (problem !== undefined) {
    call.unresolved(`git: ${problem}`);
    return looseLook(call, rest);
  }
  const [command, ...args] = rest;
  if (command === undefined) return;
  const name = literalText(command) ?? '';
  if (!knownCommands.has(name)) {
    call.unresolved(`git ${displayText(command)} is not a known command and may be an alias`);
    return looseLook(call, args);
  }
  const inside = folder === undefined ? call : inFolder(call, folder);
  subcommand(inside, name, args);
}

function inFolder(call: Call, folder: Word): Call {
  const text = literalText(folder);
  if (text === undefined) return call;
  const folders = call.place.folders.map((from) => absolutePath(from, text));
  return { ...call, place: { ...call.place, folders } };
}

/** Another repository has settings of its own, which run programs. */
function insideOnly(call: Call, folder: Word): void {
  call.reads(folder);
  const text = literalText(folder);
  if (text === undefined || text.startsWith('/') || text.startsWith('..')) {
    call.unresolved('git -C may work in another repository, whose settings can run programs');
  }
}

/** What can still be said when the words are not understood: texts after `!`, and names that stand out. */
function looseLook(call: Call, words: readonly Word[]): void {
  call.runNotable(words, 'git');
  for (const word of words) {
    const text = displayText(word);
    const value = /^[\w.-]+=!?(.+)$/s.exec(text)?.[1];
    if (value !== undefined)
      call.runText({ raw: value, parts: [{ type: 'quoted', text: value }] }, 'git -c');
  }
  const texts = words.map((word) => literalText(word) ?? '');
  if (texts.includes('push') && texts.some((text) => /^(?:-f|--force)/.test(text))) call.destroys();
}

function subcommand(call: Call, name: string, args: readonly Word[]): void {
  const texts = args.map((word) => literalText(word) ?? displayText(word));
  if (neverFollowed.has(name)) call.unresolved(`git ${name} runs programs that settings name`);
  const options = texts.slice(0, texts.includes('--') ? texts.indexOf('--') : undefined);
  const code = options.find((text) => isCodeOption(name, text));
  if (code !== undefined) call.unresolved(`git ${name} ${code} runs a program`);
  if (texts.some((text) => /^(?:ext|fd)::/.test(text)))
    call.unresolved('git: the address runs a program');
  outputs(call, args, texts);
  madeByGit(call, name, args);
  for (const text of texts) address(call, text);
  if (isDestructive(name, options)) call.destroys();
  usesFiles(call, name, options);
  if (/^(?:push|fetch|pull|clone|ls-remote)$/.test(name)) overNetwork(call, name, options);
  if (name === 'config') config(call, options);
  if (name === 'submodule') submodule(call, args, texts);
  if (name === 'bisect' && /^(?:visualize|view)$/.test(texts[0] ?? ''))
    call.unresolved('git bisect visualize starts another program');
  if (name === 'bisect' && texts[0] === 'run') call.run(args.slice(1), 'git bisect run');
  if (name === 'rebase') rebase(call, args, texts);
  if (name === 'remote' && /^(?:add|set-url)$/.test(texts[0] ?? ''))
    call.unresolved('git remote changes where later commands talk to');
  readByGit(call, name, args);
}

/** Options of any subcommand that run a program, open an editor or let git work elsewhere. */
const codeOptions: readonly string[] =
  `ext-diff textconv upload-pack receive-pack exec exec-path open-files-in-pager template config config-env reference
  separate-git-dir recurse-submodules gpg-sign local-user tool extcmd remote unsafe-paths edit edit-todo interactive
  server-option strategy`.split(/\s+/);
/** Those of them that run nothing without a value. */
const harmlessOptions: ReadonlySet<string> = names('--recurse-submodules --gpg-sign --strategy');

function isCodeOption(name: string, text: string): boolean {
  if (text.startsWith('--')) return isCodeName(text);
  if (name === 'grep') return /^-[a-zA-Z]*O/.test(text);
  if (name === 'clone') return /^-[a-z]*[uc]/.test(text);
  if (name === 'rebase') return /^-[a-z]*[xi]/.test(text);
  if (name === 'add' || name === 'checkout' || name === 'commit')
    return /^-[a-z]*e$/.test(text) && !/m/.test(text);
  return false;
}

/** Options may be shortened as long as they stay unique: `--ext` for `--ext-diff`, `--u` for `--upload-pack`. */
function isCodeName(text: string): boolean {
  const [name = '', ...value] = text.split('=');
  if (name.length < 3 || (harmlessOptions.has(name) && value.length === 0)) return false;
  return codeOptions.some((option) => `--${option}`.startsWith(name));
}

function outputs(call: Call, args: readonly Word[], texts: readonly string[]): void {
  for (const [at, text] of texts.entries()) {
    const attached = /^(?:--output|--output-directory)=(.+)$/.exec(text)?.[1];
    if (attached !== undefined) call.writes(attached);
    const next = args[at + 1];
    if (/^(?:-o|--output|--output-directory)$/.test(text) && next !== undefined) call.writes(next);
    if (text.startsWith('--outp') && attached === undefined && text.includes('='))
      call.writes(text.slice(text.indexOf('=') + 1));
  }
}

/** Commands that bring other files into the workspace. */
const bringsFiles = names(
  'checkout switch pull merge rebase restore stash cherry-pick revert am apply clone worktree read-tree sparse-checkout',
);
const bringsNothing: { readonly [command: string]: RegExp } = {
  checkout: /^-[bB]$/,
  switch: /^(?:-[cC]|--create)$/,
  stash: /^(?:list|show|drop|clear)$/,
  apply: /^--(?:check|stat|numstat|summary)$/,
  worktree: /^(?:list|remove|prune|lock|unlock)$/,
};

/** What git takes its settings from, and which files it changes beside those it is told of. */
function usesFiles(call: Call, name: string, options: readonly string[]): void {
  const pattern = Object.hasOwn(bringsNothing, name) ? bringsNothing[name] : undefined;
  const isQuiet = pattern !== undefined && options.some((text) => pattern.test(text));
  const isReset = name === 'reset' && options.some((text) => /^--(?:hard|merge|keep)$/.test(text));
  for (const folder of call.place.folders) {
    for (const file of ['.git', 'config', 'HEAD', '.husky', '.githooks'])
      call.files.takeSettings(absolutePath(folder, file));
    if ((bringsFiles.has(name) && !isQuiet) || isReset) call.files.writeTree(folder, 'git');
  }
}

/** Pushing to an address sends files to where nobody set up a remote; addresses of ssh are reached by running ssh. */
function overNetwork(call: Call, name: string, options: readonly string[]): void {
  const operands = options.filter((text) => !text.startsWith('-'));
  const isShell = operands.some(
    (text) =>
      /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)|^(?:git\+)?ssh(?:\+git)?:\/\//.test(text) &&
      !/^(?:HEAD|refs\/|\+)/.test(text),
  );
  const isAddress = /^[\w.-]*:|@|^[/~.]/.test(operands[0] ?? '');
  if (name === 'push' && isAddress) call.unresolved('git push sends files to an address');
  if (isShell && isAddress) call.unresolved(`git ${name} runs ssh`);
}

/** `git@host:path`, `ssh://host/path`: the others are found in every command's words. */
function address(call: Call, text: string): void {
  const host = /^(?:[\w.-]+@)([\w.-]+):(?!\/\/)/.exec(text)?.[1];
  if (host !== undefined) call.talksTo(host);
}

const destructive: { readonly [command: string]: RegExp } = {
  push: /^(?:-[a-z]*[fd]|--force.*|--mirror|--delete|--prune|\+.*|:.+)$/,
  reset: /^--(?:hard|merge|keep)$/,
  clean: /^-[a-z]*f|^--force$/,
  checkout: /^(?:-[a-z]*f|--force|\.|--)$/,
  switch: /^(?:-[a-z]*f|--force|--discard-changes|-C)$/,
  restore: /^(?!-S$|--staged$)/,
  branch: /^(?:-[a-z]*[DMC]|--delete)$/,
  tag: /^(?:-d|--delete|-f|--force)$/,
  stash: /^(?:drop|clear)$/,
  reflog: /^(?:expire|delete)$/,
  worktree: /^(?:-f|--force)$/,
  gc: /^--(?:prune.*|aggressive)$/,
  'update-ref': /^-d$|^--stdin$/,
  rm: /^-[a-z]*[rf]/,
};

function isDestructive(name: string, texts: readonly string[]): boolean {
  if (name === 'filter-branch' || name === 'prune') return true;
  const pattern = Object.hasOwn(destructive, name) ? destructive[name] : undefined;
  return pattern !== undefined && texts.some((text) => pattern.test(text));
}

function config(call: Call, options: readonly string[]): void {
  const reads =
    /^(?:-l|--list|--get|--get-all|--get-regexp|--show-origin|--show-scope|--global|--local|--system|get|list|--name-only)$/;
  const operands = options.filter(
    (text) => !text.startsWith('-') && text !== 'get' && text !== 'list',
  );
  const isRead = options.every((text) => !text.startsWith('-') || reads.test(text));
  if (
    !isRead ||
    operands[0] === 'edit' ||
    (operands.length > 1 && !/^(?:user\.(?:name|email))$/.test(operands[0] ?? ''))
  ) {
    call.unresolved('git config changes what later commands run');
  }
}

function submodule(call: Call, args: readonly Word[], texts: readonly string[]): void {
  const at = texts.indexOf('foreach');
  if (at < 0) {
    if (texts.some((text) => /^(?:add|update|set-url)$/.test(text)))
      call.unresolved('git submodule fetches other repositories');
    return;
  }
  call.unresolved('git submodule foreach runs its words in other repositories');
  runJoined(
    call,
    args.slice(at + 1).filter((word) => word.raw !== '--recursive'),
    'git submodule foreach',
  );
}

function rebase(call: Call, args: readonly Word[], texts: readonly string[]): void {
  for (const [at, text] of texts.entries()) {
    const attached = /^--exec=(.+)$/s.exec(text)?.[1];
    const command =
      attached === undefined
        ? args[at + 1]
        : { raw: attached, parts: [{ type: 'quoted' as const, text: attached }] };
    if (command !== undefined && (attached !== undefined || /^(?:-[a-z]*x|--exec)$/.test(text))) {
      call.runText(command, 'git rebase --exec');
    }
  }
}
