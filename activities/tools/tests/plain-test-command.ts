import type { Framework } from './detect-framework.ts';

/** Runners that are known, each as the words it starts with. */
const runners: readonly (readonly [string, Framework | 'other'])[] = [
  ['python -m pytest', 'pytest'],
  ['python3 -m pytest', 'pytest'],
  ['pytest', 'pytest'],
  ['python -m unittest', 'other'],
  ['python3 -m unittest', 'other'],
  ['cargo test', 'cargo'],
  ['npm test', 'npm'],
  ['npm run test', 'npm'],
  ['yarn test', 'npm'],
  ['pnpm test', 'npm'],
  ['node --test', 'npm'],
  ['go test', 'go'],
  ['make test', 'other'],
  ['make check', 'other'],
];

/** Options that choose tests or how much is printed, and nothing else. */
const harmless =
  /^(?:-|--|-q|-v|-vv|-s|-x|-k|-m|-t|-run|-race|-short|-count=1|--quiet|--verbose|--lib|--release|--workspace|--all|--all-features|--silent|--runInBand|--maxfail=\d+)$/;
/** Words without anything a shell would act on. */
const plainWord = /^[A-Za-z0-9_./:=@,+-]+$/;

/** True for one command without anything a shell would act on: its exit code is the command's own. */
export function isPlainCommand(text: string): boolean {
  return wordsOf(text).every((word) => plainWord.test(word));
}

/**
 * The runner of a text that is one known test command with nothing but tests chosen. Undefined for anything else, which
 * may run tests too, but also something quite different.
 */
export function plainTestCommand(text: string): Framework | 'other' | undefined {
  if (!isPlainCommand(text)) return undefined;
  const words = wordsOf(text);
  const line = words.join(' ');
  const runner = runners.find(([start]) => line === start || line.startsWith(`${start} `));
  if (runner === undefined) return undefined;
  const [start, framework] = runner;
  const rest = words.slice(start.split(' ').length);
  const isHarmless = rest.every((word) =>
    word.startsWith('-') ? harmless.test(word) : !word.includes('='),
  );
  return isHarmless ? framework : undefined;
}

function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
