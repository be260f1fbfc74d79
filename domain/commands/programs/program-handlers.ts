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
  knownTools,
  names,
  neverFollowed,
  plainPrograms,
} from './program-names.ts';
import { shellHandlers } from './runners/shell-programs.ts';
import { editorHandlers } from './stream-editors.ts';
import { tarCommand } from './tar-command.ts';
import { toolCommands } from './tool-commands.ts';
import { displayText } from '../syntax.ts';
import { noteOutputs } from './outputs.ts';
import { runIfCommand, unknownProgram } from './unknown-program.ts';
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

/** True for a program that is followed, or is known not to be: nothing is known of the others. */
export function hasAnswer(name: string): boolean {
  return (
    isKnownProgram(name) ||
    neverFollowed.has(name) ||
    networkLike(name) ||
    destructivePrograms.has(name) ||
    name.startsWith('mkfs')
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
  if (call.name === 'crontab' && call.args.length === 1 && call.args[0]?.raw === '-l') return;
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
  noteOutputs(call);
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
  if (call.name !== 'openssl' && /^(?:config|cache)$/.test(texts[0] ?? ''))
    call.unresolved(`${call.name} ${texts[0]} changes later commands`);
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

function readsOperands(call: Call): void {
  for (const word of call.args) call.reads(word);
}
