import type { Call } from '../call.ts';
import { displayText, literalText, quotedWord } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { manifestScripts } from './manifest-scripts.ts';

/** Options of package managers that change nothing of what they run. */
export const quietOption =
  /^(?:-s|-q|-d|-dd|--silent|--quiet|--if-present|--no-fund|--no-audit|--prefer-offline|--offline|--frozen-lockfile|--immutable|--loglevel=\w+|--color|--no-color|-y|--yes|-D|--save-dev|--save|-E|--save-exact|--production|--omit=\w+|--ignore-scripts|--legacy-peer-deps|-P|-g|--global|--json|--long|--depth=\d+|-a|--all|-v|--version)$/;

/** Scripts that the package's own manifest has for each of these commands, besides those of the packages it fetches. */
const lifecycles: { readonly [command: string]: readonly string[] } = {
  version: ['preversion', 'version', 'postversion'],
  pack: ['prepublish', 'prepublishOnly', 'prepack', 'prepare', 'postpack'],
};
const installScripts =
  `preinstall install postinstall prepublish preprepare prepare postprepare dependencies pnpm:devPreinstall preuninstall
  uninstall postuninstall`.split(/\s+/);

/** What a command that changes or packs the installed packages runs. */
export function installing(call: Call, command: string, rest: readonly Word[]): void {
  const unknown = rest.find((word) => literalText(word) === undefined);
  const option = rest.find(
    (word) => displayText(word).startsWith('-') && !quietOption.test(displayText(word)),
  );
  if (option !== undefined || unknown !== undefined)
    call.unresolved(`${call.name} ${command} ${(option ?? unknown)?.raw ?? ''} is not followed`);
  const words = rest.map(displayText);
  const isQuiet = words.includes('--ignore-scripts');
  const operands = words.filter((word) => !word.startsWith('-'));
  const fetches = /^(?:install|i|add|update|up|upgrade|link)$/.test(command) && operands.length > 0;
  if (!isQuiet && (fetches || (command === 'audit' && operands.includes('fix'))))
    call.unresolved(`${call.name} ${command} runs scripts of packages that it fetches`);
  const own = Object.hasOwn(lifecycles, command) ? lifecycles[command] : undefined;
  const isChange =
    /^(?:install|i|ci|add|remove|rm|uninstall|un|update|up|upgrade|link|prune|dedupe|import)$/.test(
      command,
    );
  if (own !== undefined && !isQuiet && (command === 'pack' || operands.length > 0))
    runAll(call, own);
  if (isChange && !isQuiet) lifecycle(call);
}

/** The scripts that any change of the installed packages runs. */
export function lifecycle(call: Call): void {
  runAll(call, installScripts);
}

function runAll(call: Call, scripts: readonly string[]): void {
  for (const name of scripts) if (hasScript(call, name)) runPart(call, name);
}

function runPart(call: Call, name: string): void {
  for (const folder of call.place.folders) {
    const manifest = manifestScripts(call, folder);
    const text = manifest?.scripts.get(name);
    if (manifest === undefined || text === undefined) continue;
    call.files.runFile(manifest.path);
    const changes = { contained: true, folders: [manifest.folder] };
    call.runText(quotedWord(text), `${call.name} run ${name}`, changes);
  }
}

/** True when the manifest that counts has a script of this name. */
export function hasScript(call: Call, name: string): boolean {
  return call.place.folders.some(
    (folder) => manifestScripts(call, folder)?.scripts.has(name) === true,
  );
}
