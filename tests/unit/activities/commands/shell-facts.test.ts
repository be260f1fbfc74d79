import { describe, expect, it } from '@jest/globals';
import { shellFacts } from '../../../../activities/commands/shell-facts.ts';

const factsOf = async (text: string, cwd?: string) =>
  await shellFacts(text, {
    workspaceRoot: '/workspace',
    readManifest: () => undefined,
    ...(cwd === undefined ? {} : { cwd }),
  });

describe('shellFacts', () => {
  it('lists wrappers and what they wrap, in order', async () => {
    const { commands } = await factsOf("FOO=1 env BAR=2 timeout 5 sh -c 'ls | wc'");

    expect(commands).toEqual([
      {
        argv: ['env', 'BAR=2', 'timeout', '5', 'sh', '-c', 'ls | wc'],
        assignments: ['FOO=1'],
        via: [],
      },
      { argv: ['timeout', '5', 'sh', '-c', 'ls | wc'], assignments: [], via: ['env'] },
      { argv: ['sh', '-c', 'ls | wc'], assignments: [], via: ['env', 'timeout'] },
      { argv: ['ls'], assignments: [], via: ['env', 'timeout', 'sh -c'] },
      { argv: ['wc'], assignments: [], via: ['env', 'timeout', 'sh -c'] },
    ]);
  });

  it.each([
    ['echo x > a', undefined, ['write a']],
    ['echo x >> ../a', 'src', ['write a']],
    ['cd src && echo x > a', undefined, ['write src/a']],
    ['(cd src; ls); echo x > a', undefined, ['write a']],
    ['cd src; echo x > a', undefined, ['write src/a', 'write a']],
    ['cp a b', undefined, ['read a', 'write b']],
    ['cp -t d a', undefined, ['read a', 'write d']],
    ['ls x | tee out', undefined, ['read x', 'write out']],
    ['echo x > ../../etc/a', undefined, ['write /etc/a']],
    ['echo x > /dev/null 2>&1', undefined, []],
    ['sort -o out in', undefined, ['write out', 'read out', 'read in']],
    ['cat <(ls) > a', undefined, ['write a']],
  ])('finds the paths of %s in %p', async (text, cwd, expected) => {
    const { paths } = await factsOf(text, cwd);

    const known = paths.filter(({ glob }) => glob !== true);
    expect(known.map(({ operation, path }) => `${operation} ${path}`).toSorted()).toEqual(
      expected.toSorted(),
    );
  });

  it.each([
    ['curl https://User@A.example:8443/x', ['a.example:8443']],
    ['git clone git@b.example:x/y', ['b.example']],
    ['ssh root@c.example ls', ['c.example']],
    ['scp a d.example:b', ['d.example']],
    ['curl e.example/x', ['e.example']],
  ])('finds the hosts of %s', async (text, hosts) => {
    expect((await factsOf(text)).hosts).toEqual(hosts);
  });

  it.each([
    'rm -rf x',
    'rm --recursive x',
    'git push --force',
    'git push origin +main',
    'git push origin :old',
    'git reset --hard',
    'git clean -fdx',
    'git branch -D x',
    'dd if=a of=/dev/sda',
    'cat a > /dev/sda',
    'mkfs.ext4 /dev/sda1',
    'shred a',
    'sudo shutdown now',
    'find . -name x -delete',
    "sh -c 'rm -rf x'",
  ])('calls %s destructive', async (text) => {
    expect((await factsOf(text)).access).toBe('destructive');
  });

  it.each(['rm x', 'git push', 'git checkout main', 'ls'])('calls %s a change', async (text) => {
    expect((await factsOf(text)).access).toBe('change');
  });

  it('gives up on more commands than it lists', async () => {
    const { commands, unresolved } = await factsOf(Array(150).fill('ls').join('\n'));

    expect(commands).toHaveLength(100);
    expect(unresolved.join(' ')).toContain('more than 100 commands');
  });

  it('gives up on facts that are too long', async () => {
    const { unresolved } = await factsOf(`echo ${'x'.repeat(9_000)}; ls`);

    expect(unresolved.join(' ')).toContain('8192 characters of facts');
  });

  it.each([
    ['an open quote', 'echo "a'],
    ['a carriage return', 'ls\r\n'],
    ['a NUL', 'ls\0'],
    ['a no-break space', 'ls\u00A0x'],
    ['a direction mark', 'ls \u202Ex'],
    ['a keyword out of place', 'then ls'],
    ['a glued brace', '{}'],
    ['two here-documents', 'cat <<A <<B\n1\nA\n2\nB\n'],
    ['a text that is too long', `echo ${'x'.repeat(70_000)}`],
    ['a text nested too deep', `${'('.repeat(300)}ls${')'.repeat(300)}`],
  ])('does not understand %s', async (_what, text) => {
    expect((await factsOf(text)).unresolved.join(' ')).toContain('not understood');
  });
});
