import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, stringMatching } from 'fast-check';
import {
  headlessPermissiveSandbox,
  headlessSafeSandbox,
} from '../../../../domain/policy/presets.ts';
import type { PolicyProfile } from '../../../../domain/policy/profile-schema.ts';
import { insideEnvironment } from '../../../../activities/sandbox/launch/inside-environment.ts';
import { commandEnvironment } from '../../../../activities/tools/shell/command-environment.ts';
import { evaluateShell } from './shell-cases.ts';

const seed = 20_261_121;
const emptyRule = { pathAllow: [], pathDeny: [], commandAllow: [], commandDeny: [] };

function withRule(commandAllow: readonly string[]): PolicyProfile {
  const rule = { ...emptyRule, tool: 'shell', commandAllow: [...commandAllow] };
  return {
    ...headlessPermissiveSandbox,
    rules: [{ ...rule, verdict: 'allow' }, ...headlessPermissiveSandbox.rules],
  };
}

describe('a variable that is not known to change nothing', () => {
  const forms: readonly ((assignment: string, command: string) => string)[] = [
    (assignment, command) => `${assignment} ${command}`,
    (assignment, command) => `export ${assignment}; ${command}`,
    (assignment, command) => `${assignment}; export ${assignment.split('=')[0]}; ${command}`,
    (assignment, command) => `declare -x ${assignment} && ${command}`,
    (assignment, command) => `env ${assignment} ${command}`,
    (assignment, command) => `time ${assignment} ${command}`,
    (assignment, command) => `f() { export ${assignment}; }; f; ${command}`,
    (assignment, command) => `sh -c '${assignment} ${command}'`,
  ];

  it('never stands before an allowed command, in whatever form', async () => {
    const name = stringMatching(/^QQ[A-Z_]{1,12}$/);
    const value = constantFrom('./evil', '1', 'true', '', 'evil', 'module://evil', '.git/x');
    const command = constantFrom('npm test', 'pytest', 'make test', 'go test ./...', 'git status');

    await assert(
      asyncProperty(name, value, command, constantFrom(...forms), async (...given) => {
        const [variable, text, program, form] = given;
        const written = form(`${variable}=${text}`, program);
        for (const profile of [headlessPermissiveSandbox, headlessSafeSandbox, withRule(['* *'])])
          expect((await evaluateShell(written, profile)).verdict).not.toBe('allow');
      }),
      { numRuns: 150, seed },
    );
  });

  it.each(['CI=1', 'NODE_ENV=test', 'NO_COLOR=1', 'LC_ALL=C', 'GIT_PAGER=cat'])(
    'is not %s',
    async (assignment) => {
      const { verdict } = await evaluateShell(`${assignment} npm test`, headlessSafeSandbox);

      expect(verdict).toBe('allow');
    },
  );

  it('may stand in a script of the repository, whose own code runs anyway', async () => {
    const files = { 'package.json': '{"scripts":{"test":"cross-env SNAPSHOTS=1 jest"}}' };

    const { verdict } = await evaluateShell('npm test', headlessSafeSandbox, files);

    expect(verdict).toBe('allow');
  });
});

describe('a variable that a makefile sets by ?=', () => {
  const given = { NODE_V8_COVERAGE: 'x', COVERAGE_FILE: 'x', COVERAGE_RCFILE: 'x' };
  const names = Object.keys({ ...insideEnvironment(given, {}), ...commandEnvironment });

  it.each([...names, 'CC', 'LC_MESSAGES'])(
    'is not fixed when commands have it: %s',
    async (name) => {
      const files = { Makefile: `${name} ?= a.py\ntest:\n\tpytest $(${name})\n` };

      const { verdict } = await evaluateShell('make test', headlessSafeSandbox, files);

      expect(verdict).toBe('ask');
    },
  );

  it('is fixed when nothing sets it', async () => {
    const files = { Makefile: 'TESTS ?= a.py\ntest:\n\tpytest $(TESTS)\n' };

    const { verdict, commands } = await evaluateShell('make test', headlessSafeSandbox, files);

    expect(verdict).toBe('allow');
    expect(commands.map(({ argv }) => argv.join(' '))).toContain('pytest a.py');
  });
});

describe('a program that is not known', () => {
  const word = constantFrom('src', 'run', '-v', '--fix', './x', 'a/b', '--hook=./x', '1');

  it('is asked for with any words, unless a rule names it', async () => {
    const name = stringMatching(/^qq[a-z][a-z0-9_.-]{0,10}$/);

    await assert(
      asyncProperty(name, array(word, { maxLength: 4 }), async (program, words) => {
        const text = [program, ...words].join(' ');

        const [byMode, byAny, byName] = await Promise.all(
          [headlessPermissiveSandbox, withRule(['* *', '*']), withRule([`${program} *`])].map(
            async (profile) => await evaluateShell(text, profile),
          ),
        );

        expect(byMode).toMatchObject({ verdict: 'ask', rule: 'unknown-program' });
        expect(byAny).toMatchObject({ verdict: 'ask', rule: 'unknown-program' });
        expect(byName?.verdict).toBe('allow');
      }),
      { numRuns: 150, seed },
    );
  });

  it('is asked for even by name when its words hold a program that starts others', async () => {
    const inner = constantFrom('tcsh', 'wipefs', 'aria2c', 'docker', 'lua5.4', 'sudo', 'gdb');

    await assert(
      asyncProperty(inner, array(word, { maxLength: 3 }), async (program, words) => {
        const text = `qqtool run ${[...words, program].join(' ')} x`;
        const { verdict } = await evaluateShell(text, withRule(['qqtool *']));
        expect(verdict).not.toBe('allow');
      }),
      { numRuns: 60, seed },
    );
  });
});

describe('an option that shows a version or a help', () => {
  it('lets no code behind it go by, but for the programs that end at it', async () => {
    const program = constantFrom(
      ...`python3 pypy3 ruby lua luajit tclsh wish expect osascript ghci runghc swift scala groovy elixir erl guile sbcl
      pwsh julia Rscript java deno bun tsx ts-node perl php node`.split(/\s+/),
    );
    const option = constantFrom('-v', '-h', '--version', '--help', '-version', '-V', '-vv');
    const code = constantFrom("-e 'x'", "-Bc 'x'", "-r 'x'", '- < f', "<<< 'x'", '-eval x');
    const ends = /^(?:node (?:-v|-h|--version|--help)|perl -v|py\w+ (?:-V|-h|--version|--help))/;
    const alone = /^(?:php|ruby|lua\w*) -v <<<|^\w+(?:-\w+)? --?version <<</;

    await assert(
      asyncProperty(program, option, code, async (...words) => {
        const text = words.join(' ');
        const { verdict } = await evaluateShell(text, headlessPermissiveSandbox);
        const isOver = ends.test(text) || alone.test(text);
        expect({ text, isFine: isOver || verdict === 'ask' }).toEqual({ text, isFine: true });
      }),
      { numRuns: 400, seed },
    );
  });
});

describe('a file in .git that a program is told to write', () => {
  it('is never allowed, by whichever word it is named', async () => {
    const text = constantFrom(
      'uniq a PATH',
      'xxd -r a PATH',
      'shuf -o PATH a',
      'tree -o PATH',
      'iconv -oPATH a',
      'zstd -d a -o PATH',
      'split a PATH',
      'csplit -f PATH a 1',
      'jest --anything=PATH',
      'mypy --any-report PATH',
      'eslint --output-file=PATH .',
      'cp a PATH',
      'gunzip PATH.gz',
      'curl -o PATH x',
    );
    const path = stringMatching(/^(?:\.\/|src\/\.\.\/)?\.git\/[a-z]{1,8}(?:\/[a-z-]{1,8})?$/);

    await assert(
      asyncProperty(text, path, async (form, target) => {
        const written = form.replace('PATH', target);
        const { verdict } = await evaluateShell(written, headlessPermissiveSandbox);
        expect({ written, isAllowed: verdict === 'allow' }).toEqual({ written, isAllowed: false });
      }),
      { numRuns: 200, seed },
    );
  });
});
