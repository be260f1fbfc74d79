import type { Call, Handler, Handlers } from '../../call.ts';
import { readOptions } from '../../options.ts';
import type { OptionSpec } from '../../options.ts';
import { displayText, literalText, quotedWord } from '../../syntax.ts';
import type { Word } from '../../syntax.ts';

interface WrapperSpec extends OptionSpec {
  /** How many operands stand before the command. */
  readonly operands?: number;
  /** Whether `NAME=value` may stand before the command. */
  readonly assignments?: true;
  /** Options that take the command away or turn it into something else. */
  readonly refused?: string;
  /** Why the wrapper itself is not understood, although its command is. */
  readonly reason?: string;
}

const specs: { readonly [name: string]: WrapperSpec } = {
  sudo: {
    flags: 'AbEHknPSNB',
    valued: 'CDghpRrTtUu',
    long: 'askpass background preserve-env set-home non-interactive stdin reset-timestamp preserve-groups bell',
    longValued:
      'close-from chdir group host prompt chroot role type user command-timeout other-user',
    assignments: true,
    refused: 'R chroot D chdir',
  },
  doas: { flags: 'nL', valued: 'u', assignments: true },
  nice: { flags: '0123456789', valued: 'n', longValued: 'adjustment' },
  ionice: { flags: 't', valued: 'cn', long: 'ignore', longValued: 'class classdata' },
  nohup: {},
  setsid: { flags: 'cfw', long: 'ctty fork wait' },
  timeout: {
    flags: 'v',
    valued: 'ks',
    long: 'foreground preserve-status verbose',
    longValued: 'kill-after signal',
    operands: 1,
  },
  time: {
    flags: 'apvqV',
    valued: 'fo',
    long: 'append portability verbose quiet',
    longValued: 'format output',
    assignments: true,
  },
  stdbuf: { valued: 'ioe', longValued: 'input output error' },
  chrt: {
    flags: 'abdfiorvR',
    valued: 'TPD',
    long: 'all-tasks batch deadline fifo idle other rr',
    operands: 1,
  },
  taskset: { flags: 'ac', long: 'all-tasks cpu-list', operands: 1 },
  numactl: { valued: 'CNmip', longValued: 'cpunodebind membind interleave physcpubind preferred' },
  prlimit: { longValued: 'as core cpu data fsize locks memlock nofile nproc rss stack' },
  cpulimit: { flags: 'iz', valued: 'l', longValued: 'limit' },
  setarch: { flags: 'RZLXBIST3', operands: 1 },
  linux64: {},
  linux32: {},
  fakeroot: {},
  'dbus-run-session': {},
  'xvfb-run': { flags: 'al', long: 'auto-servernum' },
  chronic: {},
  ts: {},
  unbuffer: { flags: 'p' },
  firejail: { reason: 'firejail changes where its command runs' },
  bwrap: { reason: 'bwrap changes where its command runs' },
  proot: { reason: 'proot changes where its command runs' },
  chroot: {
    longValued: 'userspec groups',
    long: 'skip-chdir',
    operands: 1,
    reason: 'chroot changes what its command is',
  },
  unshare: {
    flags: 'mnpiuUCrfc',
    long: 'mount net pid ipc uts user fork map-root-user',
    reason: 'unshare changes where its command runs',
  },
  nsenter: {
    flags: 'amnpiuUCFr',
    valued: 'tSG',
    longValued: 'target',
    reason: 'nsenter changes where its command runs',
  },
  setpriv: {
    long: 'no-new-privs clear-groups',
    longValued: 'reuid regid groups',
    reason: 'setpriv changes who runs its command',
  },
  gosu: { operands: 1, reason: 'gosu changes who runs its command' },
  'su-exec': { operands: 1, reason: 'su-exec changes who runs its command' },
  pkexec: { longValued: 'user', reason: 'pkexec changes who runs its command' },
  'systemd-run': {
    long: 'user scope pty wait quiet',
    reason: 'systemd-run starts its command elsewhere',
  },
  'systemd-inhibit': {},
  strace: { flags: 'fqvyCc', valued: 'eops', reason: 'strace can change what its command does' },
  ltrace: { flags: 'fqSCc', valued: 'eons', reason: 'ltrace can change what its command does' },
  valgrind: { reason: 'valgrind takes options from files' },
  perf: { operands: 1, reason: 'perf runs its command in ways that are not followed' },
  hyperfine: { reason: 'hyperfine runs its words as shell texts' },
  tmux: { reason: 'tmux starts its command elsewhere' },
  screen: { flags: 'dmLS', reason: 'screen starts its command elsewhere' },
  'start-stop-daemon': { reason: 'start-stop-daemon starts its command elsewhere' },
  c8: { long: 'all clean check-coverage', longValued: 'reporter include exclude' },
  nyc: { long: 'all clean check-coverage', longValued: 'reporter include exclude' },
  catchsegv: {},
  'ssh-agent': { reason: 'ssh-agent starts its command elsewhere' },
  daemonize: { reason: 'daemonize starts its command elsewhere' },
  'cross-env': { assignments: true },
  'cross-env-shell': {
    assignments: true,
    reason: 'cross-env-shell runs its words as a shell text',
  },
  dotenv: { reason: 'dotenv sets variables from a file' },
  'env-cmd': { reason: 'env-cmd sets variables from a file' },
  entr: { flags: 'acdnprsz', reason: 'entr runs its command when files change' },
  caffeinate: { flags: 'dimsu' },
  winpty: {},
};

/** Handlers of programs that run the command given as their last words. */
export const wrapperHandlers: Handlers = new Map<string, Handler>([
  ...Object.entries(specs).map(([name, spec]): [string, Handler] => [
    name,
    (call) => wrapped(call, spec),
  ]),
  ['env', environmentWrapper],
  ['busybox', busybox],
  ['flock', flock],
  ['watch', watch],
  ['script', script],
  ['su', switchUser],
  ['runuser', switchUser],
  ['sg', switchUser],
]);

function wrapped(call: Call, spec: WrapperSpec): void {
  const { options, rest, problem } = readOptions(call.args, spec);
  if (spec.reason !== undefined) call.unresolved(spec.reason);
  const refused = spec.refused?.split(' ').find((name) => options.has(name));
  if (refused !== undefined)
    call.unresolved(`${call.name} -${refused} changes what its command is`);
  for (const name of ['o', 'output']) writesOption(call, options.get(name));
  if (problem !== undefined) {
    call.unresolved(`${call.name}: ${problem}`);
    return call.runNotable(rest, call.name);
  }
  const operands = rest.slice(0, spec.operands ?? 0);
  for (const operand of operands) requireLiteral(call, operand);
  const after = rest.slice(operands.length);
  if (after.length === 0 && startsShell.has(call.name))
    return call.unresolved(`${call.name} without a command starts a shell`);
  call.run(spec.assignments === true ? afterAssignments(call, after) : after, call.name);
}

/** Wrappers that start a shell when no command follows; it reads its commands from the input. */
const startsShell: ReadonlySet<string> = new Set(
  'sudo doas fakeroot linux64 linux32 setarch cross-env-shell caffeinate'.split(' '),
);

function writesOption(call: Call, path: Word | undefined): void {
  if (path !== undefined && call.name === 'time') call.writes(path);
}

function requireLiteral(call: Call, word: Word): void {
  if (literalText(word) === undefined) call.unresolved(`${call.name}: ${word.raw} is not known`);
}

/** The words after leading `NAME=value`; each one is checked as part of the environment. */
function afterAssignments(call: Call, words: readonly Word[]): readonly Word[] {
  let at = 0;
  for (const word of words) {
    const match = /^(\w+)=/.exec(displayText(word));
    if (match === null) break;
    const text = literalText(word);
    call.sets(match[1] ?? '', text?.slice(match[0].length), 'programs');
    at += 1;
  }
  return words.slice(at);
}

function environmentWrapper(call: Call): void {
  const spec = {
    flags: 'i0v',
    valued: 'uCSa',
    long: 'ignore-environment null debug list-signal-handling block-signal default-signal ignore-signal',
    longValued: 'unset chdir split-string argv0',
  };
  const { options, rest, problem } = readOptions(
    call.args[0]?.raw === '-' ? call.args.slice(1) : call.args,
    spec,
  );
  if (problem !== undefined) {
    call.unresolved(`env: ${problem}`);
    return call.runNotable(rest, 'env');
  }
  if (options.has('C') || options.has('chdir'))
    call.unresolved('env changes the folder of its command');
  const split = options.get('S') ?? options.get('split-string');
  if (split !== undefined) return splitString(call, split, rest);
  call.run(afterAssignments(call, rest), 'env');
}

/** `env -S` has quoting rules of its own; they are followed only for words without quotes and escapes. */
function splitString(call: Call, split: Word, rest: readonly Word[]): void {
  const text = literalText(split);
  if (text === undefined) return call.unresolved('env -S: the text is not known');
  if (/["'\\$#]/.test(text)) call.unresolved('env -S: quotes are not followed');
  const words = text.split(/\s+/).filter((word) => word !== '');
  call.run(afterAssignments(call, [...words.map(quotedWord), ...rest]), 'env -S');
}

function busybox(call: Call): void {
  if (call.args[0]?.raw.startsWith('-') === true)
    call.unresolved('busybox --install gives its programs names');
  call.run(call.args, call.name);
}

function flock(call: Call): void {
  const { rest, problem } = readOptions(call.args, {
    flags: 'sexnuoFv',
    valued: 'wE',
    long: 'shared exclusive nonblock unlock close no-fork verbose',
    longValued: 'timeout wait conflict-exit-code',
  });
  if (problem !== undefined) {
    call.unresolved(`flock: ${problem}`);
    return call.runNotable(rest, 'flock');
  }
  const [file, first, second, ...more] = rest;
  if (file !== undefined) call.writes(file);
  if (first === undefined) return;
  const option = literalText(first);
  if (option === '-c' || option === '--command') {
    if (second === undefined || more.length > 0)
      return call.unresolved('flock -c is not understood');
    return call.runText(second, 'flock -c');
  }
  call.run(rest.slice(1), 'flock');
}

function watch(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, {
    flags: 'bcdegtwxCpr',
    valued: 'nq',
    long: 'beep color differences errexit chgexit no-title no-wrap exec precise',
    longValued: 'interval equexit',
  });
  if (problem !== undefined) {
    call.unresolved(`watch: ${problem}`);
    return call.runNotable(rest, 'watch');
  }
  if (options.has('x') || options.has('exec')) return call.run(rest, 'watch');
  runJoined(call, rest, 'watch');
}

/** Reads words joined with blanks as a shell text, as `eval`, `watch` and `ssh` do. */
export function runJoined(call: Call, words: readonly Word[], via: string): void {
  if (words.length === 0) return;
  const texts = words.map(literalText);
  if (texts.includes(undefined)) {
    call.unresolved(`${via}: the text is not known`);
    return call.runNotable(words, via);
  }
  call.runText(quotedWord(texts.join(' ')), via);
}

function script(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, {
    flags: 'aefq',
    valued: 'cEoOIBTm',
    long: 'append return flush force quiet',
    longValued: 'command echo output-limit log-in log-out log-io log-timing',
  });
  for (const word of rest) call.writes(word);
  const text = options.get('c') ?? options.get('command');
  if (text === undefined || problem !== undefined) {
    call.unresolved('script runs a shell');
    return call.runNotable(rest, 'script');
  }
  call.runText(text, 'script -c');
}

function switchUser(call: Call): void {
  call.unresolved(`${call.name} changes who runs its command`);
  const texts = call.args.map(literalText);
  const at = texts.findIndex((text) => text === '-c' || text === '--command');
  const command = at < 0 ? undefined : call.args[at + 1];
  if (command !== undefined) call.runText(command, `${call.name} -c`);
  else call.runNotable(call.args, call.name);
}
