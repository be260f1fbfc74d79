import { absolutePaths } from '../add-write.ts';
import type { Call } from '../call.ts';
import { displayText } from '../syntax.ts';

/** Looks into `tar`: options in the old style, archives on other machines, and folders it fills. */
export function tarCommand(call: Call): void {
  const texts = call.args.map(displayText);
  const [first = ''] = texts;
  const isCluster = /^-?[A-Za-z]+$/.test(first);
  if (isCluster && /^[a-zA-Z]*[IFT]/.test(first)) call.unresolved(`tar ${first} can run a program`);
  const host = texts
    .map((text) => /^(?:--file=|-f)?(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)*):/.exec(text)?.[1])
    .find((name) => name !== undefined);
  if (host !== undefined) {
    call.unresolved('tar keeps its archive on another machine');
    call.talksTo(host);
  }
  const isExtracting =
    (isCluster && first.includes('x')) ||
    texts.some((text) => /^--(?:ext|get)|^-[A-Za-z]*x/.test(text));
  if (!isExtracting) return;
  if (!texts.some((text) => /^-[A-Za-z]*O|^--to-stdout$/.test(text))) call.writes('.');
  const at = texts.findIndex((text) => text === '-C' || text === '--directory');
  const folder = at < 0 ? '.' : (call.args[at + 1] ?? '.');
  for (const path of absolutePaths(folder, call.place)) call.files.writeTree(path, 'archive');
}
