import type { Call, Handler, Handlers } from '../call.ts';
import { absolutePath } from '../place.ts';
import { manifestScripts } from './manifest-scripts.ts';
import { hasScript, installing, lifecycle, quietOption } from './package-lifecycle.ts';
import { interpreterName } from '../programs/runners/interpreters.ts';
import { knownTools, names, plainPrograms } from '../programs/program-names.ts';
import { displayText, literalText, quotedWord } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Scripts that exist to be run by anybody: without a manifest to read they are taken as what they say. */
const ordinaryScripts = names('test lint');
const npmScriptWords = names('run run-script rum urn');
const testWords = names('test t tst');
const ownScripts = names('start stop');
const execWords = names('exec x dlx');
const harmless = names(
  'install i ci add remove rm uninstall un ls list ll la outdated view info audit version why explain prune dedupe pack root prefix bin help doctor fund update up upgrade link import',
);
/** Handlers of programs that run scripts of a package manifest. */
export const packageHandlers: Handlers = new Map<string, Handler>([
  ['npm', (call) => runner(call)],
  ['pnpm', (call) => runner(call)],
  ['yarn', (call) => runner(call)],
  ['bun', (call) => runner(call)],
  ['npx', executor],
  ['pnpx', executor],
  ['bunx', executor],
  ['npm-run-all', (call) => many(call)],
  ['run-s', (call) => many(call)],
  ['run-p', (call) => many(call)],
  ['concurrently', concurrently],
  ...[
    ['poetry', 'run'],
    ['uv', 'run'],
    ['pipenv', 'run'],
    ['bundle', 'exec'],
    ['hatch', 'run'],
    ['rye', 'run'],
    ['pdm', 'run'],
    ['rbenv', 'exec'],
    ['pyenv', 'exec'],
    ['direnv', 'exec'],
  ].map(([name, word]): [string, Handler] => [
    name ?? '',
    (call) => subcommandRun(call, word ?? ''),
  ]),
]);

function runner(call: Call): void {
  const { words, problem } = beforeOperand(call.args);
  if (problem !== undefined) {
    call.unresolved(`${call.name}: ${problem}`);
    return call.runNotable(call.args, call.name);
  }
  const [first, ...rest] = words;
  const command = first === undefined ? undefined : literalText(first);
  if (first === undefined)
    return command === undefined && call.name === 'yarn' ? lifecycle(call) : undefined;
  if (command === undefined) return call.unresolved(`${call.name}: ${first.raw} is not known`);
  if (npmScriptWords.has(command)) return scriptCommand(call, rest);
  if (testWords.has(command)) return runScript(call, 'test', `${call.name} test`, rest);
  if (ownScripts.has(command)) return runScript(call, command, `${call.name} ${command}`, rest);
  if (command === 'restart') return restart(call, rest);
  if (execWords.has(command)) return executor({ ...call, args: rest });
  if (harmless.has(command)) return installing(call, command, rest);
  if (call.name === 'npm') return call.unresolved(`npm ${command} is not followed`);
  if (hasScript(call, command)) return runScript(call, command, `${call.name} ${command}`, rest);
  if (
    /^(?:config|set|node|workspace|workspaces|plugin|create|init|publish|c|env|setup|patch|store|server)$/.test(
      command,
    )
  ) {
    return call.unresolved(`${call.name} ${command} is not followed`);
  }
  call.run(words, call.name);
}

function beforeOperand(args: readonly Word[]): {
  readonly words: readonly Word[];
  readonly problem?: string;
} {
  let at = 0;
  while (at < args.length && displayText(args[at] ?? quotedWord('')).startsWith('-')) {
    const text = displayText(args[at] ?? quotedWord(''));
    if (!quietOption.test(text))
      return { words: [], problem: `the option ${text} is not followed` };
    at += 1;
  }
  return { words: args.slice(at) };
}

function scriptCommand(call: Call, rest: readonly Word[]): void {
  const { words, problem } = beforeOperand(rest);
  const [name, ...args] = words;
  if (problem !== undefined) return call.unresolved(`${call.name} run: ${problem}`);
  if (name === undefined) return;
  const text = literalText(name);
  if (text === undefined) return call.unresolved(`${call.name} run: ${name.raw} is not known`);
  runScript(call, text, `${call.name} run ${text}`, args);
}

function runScript(call: Call, name: string, via: string, args: readonly Word[]): void {
  const extra = scriptArguments(call, args);
  if (extra === undefined) return;
  for (const folder of call.place.folders) {
    const manifest = manifestScripts(call, folder);
    if (call.name === 'pnpm' && hasOtherManifest(call, folder))
      call.unresolved(`${via}: its manifest is not package.json`);
    if (manifest === undefined) {
      call.files.runFile(absolutePath(folder, 'package.json'));
      if (!ordinaryScripts.has(name)) call.unresolved(`${via}: there is no package.json to read`);
      continue;
    }
    if (manifest.problem !== undefined) call.unresolved(`${via}: ${manifest.problem}`);
    call.files.runFile(manifest.path);
    if (call.name !== 'npm' && !manifest.scripts.has(name) && !ordinaryScripts.has(name))
      call.unresolved(`${via}: there is no such script, and a program of this name may be run`);
    for (const part of [`pre${name}`, name, `post${name}`]) {
      const text = manifest.scripts.get(part);
      if (text === undefined) continue;
      const whole = part === name ? `${text}${extra}` : text;
      const label = part === name ? via : `${call.name} run ${part}`;
      call.runText(quotedWord(whole), label, { contained: true, folders: [manifest.folder] });
    }
  }
}

function hasOtherManifest(call: Call, folder: string): boolean {
  return ['package.yaml', 'package.json5'].some(
    (name) => call.readFile(absolutePath(folder, name)) !== undefined,
  );
}

/** Words after `--`, and with yarn and pnpm all words, are added to the script's text. */
function scriptArguments(call: Call, args: readonly Word[]): string | undefined {
  const end = args.findIndex((word) => word.raw === '--');
  const own = end < 0 ? args : args.slice(0, end);
  const added =
    call.name === 'npm'
      ? [
          ...own.filter((word) => !word.raw.startsWith('-')),
          ...(end < 0 ? [] : args.slice(end + 1)),
        ]
      : args.filter((word) => word.raw !== '--');
  const option =
    call.name === 'npm'
      ? own.find((word) => word.raw.startsWith('-') && !quietOption.test(word.raw))
      : undefined;
  const texts = added.map(literalText);
  if (option !== undefined || texts.includes(undefined)) {
    call.unresolved(`${call.name}: ${option?.raw ?? 'a word'} is not followed`);
    call.runNotable(args, call.name);
    return undefined;
  }
  return texts.map((text) => ` '${(text ?? '').replaceAll("'", String.raw`'\''`)}'`).join('');
}

function restart(call: Call, rest: readonly Word[]): void {
  const scripts = hasScript(call, 'restart')
    ? ['restart']
    : ['prerestart', 'stop', 'start', 'postrestart'];
  for (const name of scripts) runScript(call, name, `${call.name} restart`, rest);
}

/** `npx x` runs the program x of the repository, or fetches it. */
function executor(call: Call): void {
  const via =
    call.name === 'npm' || call.name === 'pnpm' || call.name === 'yarn'
      ? `${call.name} exec`
      : call.name;
  const texts = call.args.map(displayText);
  const at = texts.findIndex(
    (text) => !/^(?:-y|--yes|--no-install|--no|-q|--quiet|--offline|--bun)$/.test(text),
  );
  const first = texts[at] ?? '';
  const rest = at < 0 ? [] : call.args.slice(at);
  if (/^(?:-c|--call|--shell-mode)/.test(first)) {
    call.unresolved(`${via} ${first} runs a shell text`);
    const attached = /^--call=(.+)$/s.exec(first)?.[1];
    const text = attached === undefined ? rest[1] : quotedWord(attached);
    if (text !== undefined) call.runText(text, `${via} -c`);
    return;
  }
  if (first === '--') return executed(call, rest.slice(1), via);
  if (first.startsWith('-')) {
    call.unresolved(`${via}: the option ${first} is not followed`);
    return call.runNotable(rest, via);
  }
  if (/[@/:]/.test(first.replace(/^@[\w.-]+\/[\w.-]+$/, '')))
    call.unresolved(`${via} ${first} fetches a program`);
  executed(call, rest, via);
}

/** A program that is not among the known ones may be fetched from a registry; without a program a shell is started. */
function executed(call: Call, words: readonly Word[], via: string): void {
  const [program] = words;
  if (program === undefined) return call.unresolved(`${via} without a command starts a shell`);
  const name = literalText(program) ?? '';
  const isHere = call.place.folders.every(
    (folder) => call.readFile(absolutePath(folder, `node_modules/.bin/${name}`)) !== undefined,
  );
  const isKnown =
    knownTools.has(name) || plainPrograms.has(name) || interpreterName(name) !== undefined;
  if (!isHere && !isKnown) call.unresolved(`${via} ${name} may fetch a program`);
  call.run(words, via);
}

function many(call: Call): void {
  for (const word of call.args) {
    const text = literalText(word);
    if (
      text === undefined ||
      /[*:{]/.test(text) ||
      (text.startsWith('-') && !/^-[lsp]$/.test(text))
    ) {
      call.unresolved(`${call.name}: ${word.raw} is not followed`);
    }
    if (text !== undefined && !text.startsWith('-'))
      runScript({ ...call, name: 'npm' }, text.split(/\s/)[0] ?? '', `npm run ${text}`, []);
  }
}

function concurrently(call: Call): void {
  for (const word of call.args) {
    const text = displayText(word);
    if (/^(?:npm|yarn|pnpm):|\*/.test(text))
      call.unresolved(`concurrently: ${text} is not followed`);
    if (text.startsWith('-')) call.unresolved(`concurrently: the option ${text} is not followed`);
    else call.runText(word, 'concurrently');
  }
}

function subcommandRun(call: Call, word: string): void {
  const [first, ...rest] = call.args;
  if (first === undefined) return;
  if (literalText(first) !== word) {
    if (literalText(first) === 'shell') call.unresolved(`${call.name} shell starts a shell`);
    if (literalText(first) === undefined || first.raw.startsWith('-'))
      call.unresolved(`${call.name}: ${first.raw} is not followed`);
    return call.runNotable(call.args, call.name);
  }
  if (rest[0]?.raw.startsWith('-') === true) {
    call.unresolved(`${call.name} ${word}: the option ${rest[0].raw} is not followed`);
    return call.runNotable(rest, `${call.name} ${word}`);
  }
  call.run(rest, `${call.name} ${word}`);
}
