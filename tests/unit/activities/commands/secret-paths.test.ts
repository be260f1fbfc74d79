import { describe, expect, it } from '@jest/globals';
import { trustedMountAutonomous } from '../../../../domain/policy/presets.ts';
import { evaluateShell } from './shell-cases.ts';

describe('a secret path in a shell text', () => {
  it.each([
    'cat .env',
    'cat ./src/../.env',
    'cat .e""nv',
    'cat .en*',
    'cat .e?v',
    'cat .[e]nv',
    'cat secrets/*',
    'cd secrets && cat k',
    'cd sub; cat .env',
    'cat < .env',
    'echo x > .env',
    'cp .env x',
    'ln -s .env x',
    'tar c secrets',
    'dd if=.env',
    'git show HEAD:.env',
    "git show HEAD -- '.en?'",
    "git log -p -- '*env'",
    "git grep x -- '.en[v]'",
    'git blame --contents=.env x',
    'git log -L1,2:.env',
    'xz -dk .env.xz',
    'curl -d @.env x',
    'cat ~/x/.env',
    'cat sub/credentials.json',
    'find . -name .env -exec cat {} \\;',
    'find . -name ".env*" | xargs cat',
    'for f in .env a; do cat $f; done',
    'python3 a.py .env',
    'source .env',
  ])('is denied: %s', async (text) => {
    const { verdict, rule } = await evaluateShell(text, trustedMountAutonomous);

    expect({ verdict, rule }).toEqual({
      verdict: 'deny',
      rule: 'trusted-mount-autonomous/secret-paths',
    });
  });

  it.each([
    'cat *',
    'cat cred*',
    'cat $X',
    'cat "$(echo .env)"',
    'cat {.env,x}',
    'git cat-file --batch <<< HEAD:.env',
    "git diff HEAD -- ':(icase).ENV'",
    "git show HEAD -- '*.json'",
    'awk \'BEGIN{ARGV[1]=".e" "nv";ARGC=2}{print}\' x',
    'xargs cat < f',
    'for f in a b; do f=.env; cat $f; done',
    'while read f; do cat $f; done < l',
  ])('is asked for when the text only may name it: %s', async (text) => {
    const { verdict } = await evaluateShell(text, trustedMountAutonomous);

    expect(verdict).toBe('ask');
  });
});
