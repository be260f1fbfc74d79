import { builtinHandlers } from './builtins.ts';
import type { Call, Handler } from '../call.ts';
import { hasCodeOptions, optionEffects } from './runners/code-options.ts';
import { fileHandlers } from './file-commands.ts';
import { forEachHandlers } from './runners/find-and-xargs.ts';
import { gitCommand } from './git-command.ts';
import { interpreterHandlers, interpreterName } from './runners/interpreters.ts';
import { makeCommand } from '../scripts/make-command.ts';
import { networkHandlers } from './network-commands.ts';
import { packageHandlers } from '../scripts/package-runners.ts';
import {
  destructivePrograms,
  isNotable,
  knownTools,
  names,
  plainPrograms,
} from './program-names.ts';
import { shellHandlers } from './runners/shell-programs.ts';
import { editorHandlers } from './stream-editors.ts';
import { tarCommand } from './tar-command.ts';
import { toolCommands } from './tool-commands.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { wrapperHandlers } from './runners/wrappers.ts';

const special: readonly (readonly [string, Handler])[] = [
  ['git', gitCommand],
  ['make', makeCommand],
];

const handlers: ReadonlyMap<string, Handler> = new Map([
  ...wrapperHandlers,
  ...shellHandlers,
  ...builtinHandlers,
  ...interpreterHandlers,
  ...editorHandlers,
  ...forEachHandlers,
  ...networkHandlers,
  ...fileHandlers,
  ...packageHandlers,
  ...special,
]);

/** Programs that start others by their nature, in ways that are not followed. */
const neverFollowed = names(
  `docker podman nerdctl buildah kubectl oc helm crictl lxc machinectl vagrant ansible ansible-playbook ansible-console
  terraform pulumi salt puppet chef crontab at batch systemctl service launchctl initctl rc-service gdb lldb cgdb rr
  bpftrace dtrace perl6 m4 dc bc ghc cabal stack wine qemu-user logrotate newgrp login sshd telnetd inetd xinetd
  expect tclsh dialog whiptail zenity xterm gnome-terminal konsole alacritty ld.so ldd dlopen rundll32 powershell cmd
  wsl nix nix-shell nix-env guix apt apt-get aptitude dpkg rpm yum dnf zypper apk pacman brew port snap flatpak gem
  cpan cpanm luarocks easy_install conda mamba pipx cscript wscript mshta chsh chfn visudo vipw sudoedit crond anacron
  insmod modprobe kexec mount umount losetup cryptsetup iptables nft ip ifconfig route sysctl useradd usermod passwd
  chpasswd adduser just task invoke fab doit scons bazel buck pre-commit lefthook husky act nodemon pm2 forever
  supervisorctl foreman overmind honcho tini dumb-init s6-svc runsv runit daemon inotifywait fswatch watchexec when-changed
  reredirect rlwrap socat expect-lite ptx jshell irb pry ipython bpython jupyter psysh node-gyp opencode claude codex
  aider gemini tox nox ant ninja turbo nx lerna rush wireit moon mise asdf volta fnm nvm bmake pmake remake composer
  ocaml racket sml swipl gprolog clisp ecl gforth octave maxima gnuplot R matlab sage nim crystal dart kotlin kotlinc
  groovysh bsh rhino qjs d8 jsc mujs hermes wasmtime wasmer xonsh nu elvish rc scsh sash groff troff nroff tex pdftex
  latex pdflatex xelatex lualatex context gs convert magick pandoc dbus-send gdbus busctl qdbus loginctl run-mailcap see
  sensible-pager sensible-editor pager editor update-alternatives ssh-add ssh-keygen gpg gpg2 gpgv ldconfig
  pkg hg svn bzr fossil darcs cvs p4 jj tig gitk unshar sdiff update-rc.d rundll sysvinit debconf setcap patchelf`,
);

/** What is done for a program, by the name it is known by; every program gets an answer. */
export function handlerOf(name: string): Handler {
  const handler = handlers.get(name) ?? interpreterHandlers.get(interpreterName(name) ?? '');
  return (call) => {
    if (destructivePrograms.has(name) || name.startsWith('mkfs')) call.destroys();
    if (handler !== undefined) return handler(call);
    other(call);
  };
}

/** True for a program whose name is known to stand for what it usually does. */
export function isKnownProgram(name: string): boolean {
  return (
    handlers.has(name) ||
    plainPrograms.has(name) ||
    knownTools.has(name) ||
    interpreterName(name) !== undefined
  );
}

const codeRunners = names(
  `npm pnpm yarn bun npx pnpx bunx make jest vitest mocha ava tap tape c8 nyc eslint prettier esbuild rollup vite webpack
  tsup knip typedoc playwright cypress pytest unittest mypy pylint coverage cargo rustc go golangci-lint gotestsum cmake
  ctest gradle mvn phpunit rake rspec rubocop gcc g++ cc clang clang++ poetry uv pipenv hatch rye pdm pip bundle doctest`,
);

/** True for a program that runs or loads files of the workspace which it is not told of. */
export function runsCode(name: string): boolean {
  return codeRunners.has(name);
}

/** True for a program that takes any words without running them or what they name. */
export function takesAnyWords(name: string): boolean {
  return plainPrograms.has(name) && !['kill', 'killall', 'pkill'].includes(name);
}

function other(call: Call): void {
  if (neverFollowed.has(call.name) || networkLike(call.name)) {
    call.unresolved(`${call.name} runs other programs in ways that are not followed`);
    call.runNotable(call.args, call.name);
    for (const word of call.args) runIfCommand(call, word);
    readsOperands(call);
    return;
  }
  const tool = call.name === 'pip3' ? 'pip' : call.name;
  if (hasCodeOptions(tool)) withOptions(call, tool);
  if (tool === 'tar') tarCommand(call);
  if (tool === 'pip' || tool === 'openssl') fetches(call);
  if (tool === 'sqlite3') databaseCommands(call);
  if (tool === 'patch')
    for (const folder of call.place.folders) call.files.writeTree(folder, 'git');
  if (tool === 'cargo' || tool === 'go') toolCommands(call);
  if (!plainPrograms.has(call.name) && !knownTools.has(call.name)) unknownProgram(call);
  genericWrites(call);
  if (!['echo', 'printf', 'true', 'false', ':', 'exit', 'sleep'].includes(call.name))
    readsOperands(call);
}

function networkLike(name: string): boolean {
  return /^(?:docker-|kubectl-|ld-linux|ld-musl|git-)/.test(name);
}

function withOptions(call: Call, tool: string): void {
  const { code, writes } = optionEffects(tool, call.args);
  if (code !== undefined) {
    call.unresolved(`${call.name} ${code} can run code or take options from a file`);
    call.runNotable(call.args, call.name);
    for (const word of call.args) runIfCommand(call, word);
  }
  for (const word of writes) call.writes(word);
}

function fetches(call: Call): void {
  const texts = call.args.map(displayText);
  if (texts.some((text) => /:\/\/|^(?:git|hg|svn)\+|^s_(?:client|server|time)$|^ts$/.test(text))) {
    call.unresolved(`${call.name} talks to other machines`);
  }
  if (call.name !== 'openssl' && /^(?:install|download|wheel)$/.test(texts[0] ?? '')) {
    const isOwn = /^(?:-.*|\.(?:\[[\w,-]+\])?|[\w./-]*requirements[\w./-]*\.txt)$/;
    if (!texts.slice(1).every((text) => isOwn.test(text)))
      call.unresolved(`${call.name} runs code of packages that it fetches`);
  }
}

function databaseCommands(call: Call): void {
  const code =
    /^\s*\.(?!tables|schema|dump|headers|mode|indexes)|load_extension|writefile|edit\(|^(?:eval|script|--eval)$/;
  const operands = call.args.filter((word) => !displayText(word).startsWith('-'));
  const isGiven = operands.length > 1 || call.args.some((word) => displayText(word) === '-version');
  if (isGiven && !call.args.some((word) => code.test(displayText(word)))) return;
  call.unresolved(`${call.name}: its commands can run programs`);
  for (const word of call.args) runIfCommand(call, word);
}

const commonSubcommand = names(
  'test install build format diff watch file link sort which date tag check status list show log find make kill cat ls touch env mount service passwd',
);

/** A program that is not known may run what its words name. */
function unknownProgram(call: Call): void {
  const words = call.args.filter((word, at) => at > 0 || !commonSubcommand.has(displayText(word)));
  const texts = words.map((word) => literalText(word) ?? displayText(word));
  const carriesCommand = texts.flatMap(partsOf).some(isNotable);
  const takesCommand = texts.some((text) =>
    /^(?:-c|-e|-x|-exec|--exec|--eval|--command|--cmd|--run|--shell|--execute|exec|shell|eval)(?:=|$)/.test(
      text,
    ),
  );
  if (!carriesCommand && !takesCommand) return;
  call.unresolved(`${call.name} is not known and may run its words`);
  call.runNotable(call.args, call.name);
  for (const word of words) runIfCommand(call, word);
}

/** The names that a word may hand on: itself, its first word, and what follows `=` or a short option. */
function partsOf(text: string): string[] {
  const value = text.slice(text.indexOf('=') + 1);
  const attached = /^-[A-Za-z](.+)$/.exec(text)?.[1] ?? '';
  return [text, value, attached].flatMap((part) => [part, part.split(/[\s;|&]+/)[0] ?? '']);
}

/** A word that is itself a command line of a program that stands out. */
function runIfCommand(call: Call, word: Word): void {
  const text = literalText(word);
  if (text === undefined) return;
  const value = /^--?[\w-]+=(.+)$/s.exec(text)?.[1] ?? text;
  const hasCommand = value.split(/[\s;|&(){}!"'`$]+/).some((part) => isNotable(part));
  if (hasCommand && /[\s;|&$]/.test(value))
    call.runText(
      { raw: value, parts: [{ type: 'quoted', text: value.replace(/^!/, '') }] },
      call.name,
    );
}

function genericWrites(call: Call): void {
  if (hasCodeOptions(call.name)) return;
  for (const [at, word] of call.args.entries()) {
    const text = displayText(word);
    const attached =
      /^--(?:output|out|outfile|output-file|outDir|out-dir|dest|log-file|junitxml)=(.+)$/.exec(
        text,
      )?.[1];
    const next = call.args[at + 1];
    if (attached !== undefined) call.writes(attached);
    else if (
      /^(?:-o|--output|--outfile|--output-file|--outDir|--out-dir)$/.test(text) &&
      next !== undefined &&
      !plainPrograms.has(call.name)
    )
      call.writes(next);
  }
}

function readsOperands(call: Call): void {
  for (const word of call.args) call.reads(word);
}
