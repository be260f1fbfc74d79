import { describe, expect, it } from '@jest/globals';
import {
  headlessPermissiveSandbox,
  trustedMountAutonomous,
} from '../../../../domain/policy/presets.ts';
import { allEscapes } from './escapes/all-escapes.ts';
import type { FileEscape } from './escapes/escape.ts';
import { costlyHonestTexts, honestTexts } from './honest-texts.ts';
import { evaluateShell } from './shell-cases.ts';

const techniques: ReadonlyMap<string, readonly FileEscape[]> = new Map(
  allEscapes.map(({ technique }) => [
    technique,
    allEscapes.filter((other) => other.technique === technique),
  ]),
);

const required =
  `wrappers, quoting, variables, substitution, encodings piped to a shell, interpreters, git hooks, aliases and
configuration, editors, xargs, find, awk, tar, ssh options, symbolic links, PATH, new lines and Unicode, here-documents,
environment that runs code, package scripts, make, dynamic linker, copies of binaries`
    .replaceAll('\n', ' ')
    .split(', ');

/** What is left of an escape without the program it runs and the names it is given: two escapes with the same are one. */
function shapeOf({ text, files }: FileEscape): string {
  return [text, JSON.stringify(files)]
    .join('\n')
    .replaceAll(/\b(?:curl|wget)\b/g, 'program')
    .replaceAll(/(?<!-)\b(?:[a-zA-Z]|evil|host|foo|ls|true|src)\b/g, 'name')
    .replaceAll(/\d+/g, '0')
    .replaceAll(/[ \t]+/g, ' ');
}

describe('the table of escapes', () => {
  it('holds at least 300 that differ in more than their payload, of all techniques', () => {
    const shapes = new Set(allEscapes.map(shapeOf));

    process.stdout.write(`${allEscapes.length} escapes, ${techniques.size} techniques\n`);
    expect(shapes.size).toBe(allEscapes.length);
    expect(allEscapes.length).toBeGreaterThanOrEqual(700);
    expect([...techniques.keys()]).toEqual(expect.arrayContaining(required));
  });
});

describe('a forbidden command in a wrapping', () => {
  it.each([...techniques])('is never allowed: %s', async (_technique, escapes) => {
    const judged = await Promise.all(
      escapes.map(async ({ text, files }) => {
        const { verdict, why } = await evaluateShell(text, headlessPermissiveSandbox, files);
        return {
          text,
          verdict,
          isExplained: verdict === 'deny' || /not resolved|unknown-program/.test(why.join('\n')),
        };
      }),
    );

    expect(judged).toEqual(
      escapes.map(({ text, verdict }) => ({ text, verdict, isExplained: true })),
    );
  });
});

describe('an honest command', () => {
  it.each(honestTexts)('is not stopped: %j', async (text) => {
    const permissive = await evaluateShell(text, headlessPermissiveSandbox);
    const trusted = await evaluateShell(text, trustedMountAutonomous);

    expect(permissive).toMatchObject({ verdict: 'allow' });
    expect(trusted).toMatchObject({ verdict: 'allow' });
  });

  it('is asked for without need in at most one of eight cases', async () => {
    const texts = [...honestTexts, ...costlyHonestTexts];
    const verdicts = await Promise.all(
      texts.map(async (text) => (await evaluateShell(text, headlessPermissiveSandbox)).verdict),
    );

    const stopped = texts.filter((_text, at) => verdicts[at] !== 'allow');
    const rate = stopped.length / texts.length;
    process.stdout.write(
      `${texts.length} honest commands, ${stopped.length} stopped: ${(rate * 100).toFixed(1)} %\n`,
    );
    expect(stopped).toEqual(costlyHonestTexts);
    expect(rate).toBeLessThanOrEqual(1 / 8);
  });
});
