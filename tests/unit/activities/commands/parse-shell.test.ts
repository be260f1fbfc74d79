import { describe, expect, it } from '@jest/globals';
import { loadShellParser } from '../../../../activities/commands/parse-shell.ts';
import { shellFacts } from '../../../../activities/commands/shell-facts.ts';
import { cpuMs } from '../../../support/cpu-ms.ts';

const commandsOf = async (text: string): Promise<string[]> => {
  const { commands } = await shellFacts(text, {
    workspaceRoot: '/workspace',
    readManifest: () => undefined,
  });
  return commands.map(({ argv }) => argv.join(' '));
};

describe('loadShellParser', () => {
  it('loads the grammar once and fast', async () => {
    const started = cpuMs();

    const first = await loadShellParser();
    const second = await loadShellParser();

    expect(first).toBe(second);
    expect(cpuMs() - started).toBeLessThan(5_000);
  });

  it.each([
    ['a redirection in the middle', 'ls > a b c', ['ls b c']],
    ['a line continuation in a word', 'cu\\\nrl x', ['curl x']],
    ['a line continuation in an assignment', 'X\\\n=1 ls a', ['ls a']],
    ['a redirection after a list', 'cd src && ls > a b', ['cd src', 'ls b']],
    ['words after a here-document', 'cat <<E > o b\nx\nE\n', ['cat b']],
    ['a pipe after a here-document', "cat <<'E' | wc -l\nx\nE\n", ['cat', 'wc -l']],
    ['a comment between lines', 'ls # a\n# b\npwd', ['ls', 'pwd']],
    ['a hash inside of a word', 'echo a#b', ['echo a#b']],
    ['escapes in quotes', "echo $'a\\x62\\u00e9'", ['echo abé']],
    ['nested quotes', `echo "a 'b' \\"c\\" $(ls)"`, ['ls', `echo a 'b' "c" $(ls)`]],
    ['an emoji before an expansion', 'echo 😀 $(ls)', ['ls', 'echo 😀 $(ls)']],
    ['variables after time', 'time A=1 ls', ['time A=1 ls', 'ls']],
    ['a word with = after a wrapper', 'command A=1 ls', ['command A=1 ls', 'A=1 ls']],
  ])('reads %s', async (_what, text, expected) => {
    expect((await commandsOf(text)).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ['a brace without a blank', '{ls; }'],
    ['an exclamation mark without a blank', '!"ls"'],
    ['a condition without a blank', '[[-n a && b ]]'],
    ['a word glued to a here-document', 'ls  -x<<E >  w\nx\nE\n'],
    ['a word that goes on after a redirection', '> a\\\nb} c <<E\nx\nE\n'],
    ['a keyword cut by a line continuation', 'th\\\nen ls'],
    ['backslashes in backticks', 'echo `echo \\`ls\\``'],
    ['a closed descriptor with a word glued to it', 'ls 2>&-1 a'],
    ['a glued dollar', 'echo $((1) )'],
  ])('refuses %s, which the grammar and the shell read differently', async (_what, text) => {
    const parse = await loadShellParser();

    expect(parse(text).type).toBe('unparsed');
  });
});
