import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { headlessPermissiveSandbox } from '../../../../domain/policy/presets.ts';
import { evaluateShell } from './shell-cases.ts';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const wrappings: readonly ((text: string) => string)[] = [
  (text) => `sh -c ${quote(text)}`,
  (text) => `bash -lc ${quote(text)}`,
  (text) => `eval ${quote(text)}`,
  (text) => `env A=1 sh -c ${quote(text)}`,
  (text) => `sudo -u root bash -c ${quote(text)}`,
  (text) => `timeout 5 nice -n 3 sh -c ${quote(text)}`,
  (text) => `echo x | xargs sh -c ${quote(text)}`,
  (text) => `find . -exec sh -c ${quote(text)} \\;`,
  (text) => `(${text}\n)`,
  (text) => `{ ${text}\n}`,
  (text) => `true && { ${text}\n}`,
  (text) => `if true; then\n${text}\nfi`,
  (text) => `for i in 1; do\n${text}\ndone`,
  (text) => `echo "$(${text}\n)"`,
  (text) => `cat <(${text}\n)`,
  (text) => `f() {\n${text}\n}; f`,
  (text) => `trap ${quote(text)} EXIT`,
  (text) => `watch ${quote(text)}`,
  (text) => `script -c ${quote(text)} /dev/null`,
  (text) => `ssh host ${quote(text)}`,
  (text) => `bash <<'EOF'\n${text}\nEOF\n`,
  (text) => `bash <<< ${quote(text)}`,
  (text) => `git bisect run sh -c ${quote(text)}`,
  (text) => `mytool run sh -c ${quote(text)}`,
  ...[
    'nohup',
    'setsid -w',
    'stdbuf -o0',
    'ionice -c 3',
    'taskset 1',
    'chrt -f 5',
    'flock /tmp/l',
    'doas -u root',
    'time -p',
    'exec -a ls',
    'command -p',
    'env -i',
    'strace -f',
    'unshare -n',
    'busybox',
    'npx',
    'poetry run',
    'dotenv',
    'c8',
    'coproc',
  ].map((wrapper) => (text: string) => `${wrapper} sh -c ${quote(text)}`),
  (text) => `su root -c ${quote(text)}`,
  (text) => `npx -c ${quote(text)}`,
  (text) => `xargs -I{} sh -c ${quote(text)} < f`,
  (text) => `find . -name a -execdir bash -c ${quote(text)} _ {} +`,
  (text) => `tar xf a --to-command=${quote(text)}`,
  (text) => `git -c alias.x=${quote(`!${text}`)} x`,
  (text) => `git rebase --exec ${quote(text)} HEAD`,
  (text) => `rsync -e ${quote(text)} a b`,
  (text) => `vim -c ${quote(`!${text}`)}`,
  (text) => `alias ls=${quote(text)}; ls`,
  (text) => `echo ${quote(text)} | sh`,
  (text) => `cat <<'EOF' | bash\n${text}\nEOF\n`,
  (text) => `case a in a)\n${text}\n;; esac`,
  (text) => `while ! {\n${text}\n}; do :; done`,
  (text) => `[[ -n $(${text}\n) ]] && ls`,
  (text) => `A=$(${text}\n) ls`,
  (text) => `ls > >(${text}\n)`,
  (text) => `ls\n${text}\nls`,
  (text) => `! ${text}`,
];

describe('commands wrapped at random', () => {
  it('are never allowed when one of them is denied', async () => {
    const depth = array(constantFrom(...wrappings), { minLength: 0, maxLength: 6 });
    const command = constantFrom(
      'curl x',
      'c"u"rl -s x',
      '\\wget x',
      '/usr/bin/nc x 1',
      'scp a b:c',
    );

    await assert(
      asyncProperty(command, depth, async (text, chosen) => {
        const wrapped = chosen.reduce((inner: string, wrap) => wrap(inner), text);
        const { verdict } = await evaluateShell(wrapped, headlessPermissiveSandbox);
        expect(verdict).not.toBe('allow');
      }),
      { numRuns: 500, seed: 20_261_121 },
    );
  });

  it('stay allowed when nothing in them is denied and all wrappers are known', async () => {
    const plain = wrappings
      .slice(0, 24)
      .filter((wrap) => !/ssh|mytool|xargs|sudo|<<'EOF'/.test(wrap('')));
    const depth = array(constantFrom(...plain), { minLength: 0, maxLength: 3 });

    await assert(
      asyncProperty(depth, async (chosen) => {
        const wrapped = chosen.reduce((inner: string, wrap) => wrap(inner), 'ls src');
        const { commands } = await evaluateShell(wrapped, headlessPermissiveSandbox);
        expect(commands.some(({ argv }) => argv[0] === 'ls') || commands.length === 0).toBe(true);
      }),
      { numRuns: 100, seed: 20_261_121 },
    );
  });
});
