import { builtinHandlers } from './builtins.ts';
import type { Call, Handler } from '../call.ts';
import { hasCodeOptions, optionEffects } from './code-options.ts';
import { fileHandlers } from './file-commands.ts';
import { forEachHandlers } from './find-and-xargs.ts';
import { gitCommand } from './git-command.ts';
import { interpreterHandlers, interpreterName } from './interpreters.ts';
import { makeCommand } from '../scripts/make-command.ts';
import { networkHandlers } from './network-commands.ts';
import { packageHandlers } from '../scripts/package-runners.ts';
import { destructivePrograms, isNotable, names, plainPrograms } from './program-names.ts';
import { shellHandlers } from './shell-programs.ts';
import { editorHandlers } from './stream-editors.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { wrapperHandlers } from './wrappers.ts';

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
  reredirect rlwrap socat expect-lite ptx jshell irb pry ipython jupyter psysh node-gyp opencode claude codex aider gemini`,
);

/** Programs that are known well enough that their words cannot be a command of another program. */
const knownTools = names(
  `jest vitest mocha ava tap tape c8 nyc eslint prettier oxlint oxfmt biome tsc tsup esbuild rollup vite webpack rimraf
  mkdirp knip typedoc playwright cypress pytest unittest mypy ruff black flake8 pylint isort coverage tox nox cargo rustc
  rustfmt clippy-driver go gofmt golangci-lint staticcheck gotestsum gcc g++ cc clang clang++ ld ar as nm objdump cmake
  ninja gradle mvn javac phpunit composer rake rspec rubocop swiftlint ktlint shellcheck shfmt yamllint markdownlint
  hadolint actionlint tar zip sort split csplit rg fd fdfind man patch openssl psql sqlite3 mysql redis-cli ctags
  pip pip3 pyflakes compileall json.tool doctest build tput time`,
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
  if (tool === 'tar') oldStyleTar(call);
  if (tool === 'pip' || tool === 'openssl') fetches(call);
  if (tool === 'sqlite3' || tool === 'redis-cli') databaseCommands(call);
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
}

function databaseCommands(call: Call): void {
  const code =
    /^\s*\.(?!tables|schema|dump|headers|mode|indexes)|load_extension|writefile|edit\(|^(?:eval|script|--eval)$/;
  if (!call.args.some((word) => code.test(displayText(word)))) return;
  call.unresolved(`${call.name}: its commands can run programs`);
  for (const word of call.args) runIfCommand(call, word);
}

function oldStyleTar(call: Call): void {
  const first = displayText(call.args[0] ?? { raw: '', parts: [] });
  if (!/^-?[A-Za-z]+$/.test(first)) return;
  if (/^[a-zA-Z]*[IFT]/.test(first)) call.unresolved(`tar ${first} can run a program`);
  if (first.includes('x') && !first.startsWith('--')) call.writes('.');
}

/** `cargo run`, `go run` and their like build and run the repository's own code; installing fetches other code. */
function toolCommands(call: Call): void {
  const texts = call.args.map(displayText);
  if (
    call.name === 'go' &&
    texts.some((text) =>
      /^--?(?:exec|toolexec|vettool|overlay|modfile|o|C|ldflags|gcflags|asmflags|pkgdir|gccgoflags|cpuprofile|memprofile|coverprofile|outputdir|trace|blockprofile|mutexprofile)(?:=|$)/.test(
        text,
      ),
    )
  ) {
    call.unresolved('go: an option runs a program or writes files');
    call.runNotable(call.args, 'go');
  }
  const known =
    call.name === 'go'
      ? /^(?:test|build|vet|fmt|list|version|env|doc|mod|run|clean|work)$/
      : /^(?:\+\S+|test|build|check|clippy|fmt|doc|run|bench|tree|metadata|version|clean|add|remove|update|fetch|t|b|c|r|nextest)$/;
  const first = texts.find((text) => !text.startsWith('-'));
  if (first !== undefined && !known.test(first))
    call.unresolved(`${call.name} ${first} is not followed`);
  if (call.name === 'go' && first === 'env' && texts.some((text) => /^-[wu]$/.test(text)))
    call.unresolved('go env -w changes later commands');
  const second = texts[texts.indexOf('run') + 1];
  if (first === 'run' && second !== undefined && /@|:\/\//.test(second))
    call.unresolved(`${call.name} run fetches code`);
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
