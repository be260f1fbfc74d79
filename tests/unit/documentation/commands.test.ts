import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import type { CommandShape } from '../../../clients/cli/command-shape.ts';
import { programShape } from '../../../clients/cli/reference/program-shape.ts';
import { blocksOf, readPages, root, type Page } from './pages.ts';

const program = programShape();
const pages = readPages().filter(({ path }) => path !== 'docs/reference/cli.md');

/** Command lines of a page: in blocks for the shell, in indented blocks, and in code inside of a sentence. */
function linesOf({ text }: Page): readonly string[] {
  const shell = blocksOf(text, 'sh').flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  const prose = text.replaceAll(/^ *```[^]*?^ *```/gm, '');
  const indented = [...prose.matchAll(/^ {4}(\S.*)$/gm)].map(([, line = '']) => line);
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...shell, ...indented, ...inline].flatMap((line) => commandsIn(line));
}

/** Calls of the program in a line, from its name on. */
function commandsIn(line: string): readonly string[] {
  return line
    .replace(/\s#\s.*$/, '')
    .split(/&&|;/)
    .map((part) => part.trim().replace(/^(?:\w+=\S+ )*(?:npx )?/, ''))
    .filter((part) => /^holdfast [a-z]/.test(part));
}

/** Says what of a command line the program does not know; undefined when all is known. */
function unknownIn(line: string): string | undefined {
  const words = line
    .replaceAll(/(["']).*?\1/g, 'text')
    .split(/\s+/)
    .slice(1);
  let command: CommandShape = program;
  for (const word of words) {
    const next: CommandShape | undefined = command.commands.find(({ name }) => name === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0 && /^[a-z]/.test(word)) return `${command.path} ${word}`;
    else break;
  }
  const options = [...command.options, ...program.options].flatMap(
    ({ name }) => name.match(/--?[a-z][a-z-]*/g) ?? [],
  );
  const given = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]);
  return given.find((option) => option !== undefined && !options.includes(option));
}

describe('commands in the documentation', () => {
  const lines = pages.flatMap((page) =>
    linesOf(page).map((line): [string, string] => [page.path, line]),
  );

  it.each(lines)('%s: %s', (_, line) => {
    expect(unknownIn(line)).toBeUndefined();
  });

  it('are found at all', () => {
    expect(lines.length).toBeGreaterThan(40);
  });

  it('does not take what the program does not know', () => {
    expect(unknownIn('holdfast fly')).toBe('holdfast fly');
    expect(unknownIn('holdfast runs list --upside-down')).toBe('--upside-down');
  });
});

describe('npm scripts in the documentation', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(`${root}package.json`, 'utf8')));

  it.each(pages)('$path names scripts that exist', ({ text }) => {
    const named = [...text.matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map(([, name = '']) => name);
    // The examples of other projects have scripts of their own.
    const ours = named.filter((name) => !['build', 'deploy', 'x'].includes(name));

    expect(ours.filter((name) => !(name in scripts))).toEqual([]);
  });
});
