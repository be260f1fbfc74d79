import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { programShape } from '../../../../clients/cli/reference/program-shape.ts';
import { renderReference } from '../../../../clients/cli/reference/render-reference.ts';
import type { CommandShape } from '../../../../clients/cli/command-shape.ts';
import { runLine } from './context.ts';

function leaves(command: CommandShape): readonly CommandShape[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

describe('a value that does not fit', () => {
  it.each([
    [['runs', 'restore', 'k1', 'bogus'], "<state> cannot be 'bogus': write one of first, last"],
    [['costs', '--by', 'moon'], "--by cannot be 'moon': write one of "],
    [['run', 'x', '--max-turns', 'many'], "--max-turns cannot be 'many': "],
    [['erase', '--run', 'a', '--project', 'b'], '--run and --project exclude each other'],
  ])('is refused in plain words: %j', async (args, words) => {
    const { code, stderr } = await runLine(args, {
      environment: { HOLDFAST_HOME: '/nonexistent' },
    });

    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${words}`);
  });
});

describe('the command line', () => {
  it('prints help and version to standard output', async () => {
    const [help, version] = [await runLine(['--help']), await runLine(['--version'])];

    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: holdfast');
    expect(version).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it('gives every command --json and an example', () => {
    for (const command of leaves(programShape())) {
      expect([command.path, command.options.some(({ name }) => name === '--json')]).toEqual([
        command.path,
        true,
      ]);
      expect([command.path, command.examples.length > 0]).toEqual([command.path, true]);
    }
  });

  it('shows the usual lines of a group in its help', async () => {
    const groups = programShape().commands.filter(({ commands }) => commands.length > 0);

    const { stdout } = await runLine(['runs', '--help']);

    expect(stdout).toContain('Examples:\n  $ holdfast runs list\n  $ holdfast runs show 01k9\n');
    expect(groups.length).toBeGreaterThan(5);
    for (const { path, examples } of groups) {
      expect([path, examples.length]).toEqual([path, 2]);
      expect(examples.every((line) => line.includes(path))).toBe(true);
    }
  });

  it.each([
    [['status', '--jsno'], '--json'],
    [['statsu'], 'status'],
    [['config', 'shwo'], 'show'],
    [['help', 'statsu'], 'status'],
    [['up', '--detahc'], '--detach'],
  ])('refuses %j with exit code 2 and the nearest name', async (args, nearest) => {
    const { code, stdout, stderr } = await runLine(args);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`did you mean ${nearest}?`);
  });

  it('says of help for a command that is not there what it says of the command', async () => {
    const [help, command] = [await runLine(['help', 'nope']), await runLine(['nope'])];

    expect(command.stderr).toContain("unknown command 'nope'");
    expect(help).toEqual(command);
  });

  it.each([
    [['--json', 'statsu'], 'invalid_argument'],
    [['status', '--json', '--nope'], 'invalid_argument'],
    [['completion', '--json'], 'invalid_argument'],
    [['completion', 'tcsh', '--json'], 'invalid_argument'],
  ])('prints one envelope for %j', async (args, expected) => {
    const { code, stdout, stderr } = await runLine(args);

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      code: expected,
      retryable: false,
    });
    expect(stderr).toBe('');
  });

  it('ends with 75 and the command that starts an instance when none runs', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));

    const { code, stdout, stderr } = await runLine(['status', '--json'], {
      environment: { HOLDFAST_HOME: home },
    });

    expect(code).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, isRunning: false });
    expect(stderr).toContain('holdfast up');
  });

  it('takes the flags before and after the command', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
    const environment = { HOLDFAST_HOME: home };

    const before = await runLine(['--json', '--quiet', 'status'], { environment });
    const after = await runLine(['status', '--json', '--quiet'], { environment });

    expect(before).toEqual(after);
    expect(before.stderr).toBe('');
  });

  it('shows a stack trace with --verbose only', async () => {
    const [plain, verbose] = [await runLine(['nope']), await runLine(['nope', '--verbose'])];

    expect(plain.stderr).not.toContain('    at ');
    expect(verbose.stderr).toContain('    at ');
    expect(verbose.stdout).toBe('');
  });

  it.each([
    ['colours on a terminal', { isTerminal: true }, true],
    ['has no colour on a pipe', { isTerminal: false }, false],
    ['obeys NO_COLOR', { isTerminal: true, environment: { NO_COLOR: '1' } }, false],
    [
      'has no colour on a dumb terminal',
      { isTerminal: true, environment: { TERM: 'dumb' } },
      false,
    ],
  ])('%s', async (_, options, isColored) => {
    const { stderr } = await runLine(['nope'], options);

    expect(stderr.includes('\u001B[')).toBe(isColored);
  });

  it('obeys --no-color', async () => {
    const { stderr } = await runLine(['nope', '--no-color'], { isTerminal: true });

    expect(stderr).not.toContain('\u001B[');
  });

  it('shows the origin of a setting, and masks what is secret', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
    writeFileSync(join(home, 'holdfast.yaml'), 'policy: plan-readonly\n');
    const environment = { HOLDFAST_HOME: home, DATABASE_URL: 'postgresql://u:hunter2@h/d' };

    const { stdout } = await runLine(['config', 'show', '--origin', '--json'], { environment });

    expect(JSON.parse(stdout).settings).toMatchObject({
      policy: { value: 'plan-readonly', origin: { layer: 'file', name: 'holdfast.yaml:1:1' } },
      databaseUrl: {
        value: 'postgresql://u:***@h/d',
        origin: { layer: 'environment', name: 'DATABASE_URL' },
      },
      'ports.temporal': { value: 7233, origin: { layer: 'default' } },
    });
    expect(stdout).not.toContain('hunter2');
  });
});

describe('docs/reference/cli.md', () => {
  it('is what the program says (write it with: node --import tsx clients/cli/reference/main.ts)', () => {
    const page = readFileSync(
      new URL('../../../../docs/reference/cli.md', import.meta.url),
      'utf8',
    );

    expect(page).toBe(renderReference(programShape()));
  });
});
