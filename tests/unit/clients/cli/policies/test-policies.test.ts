import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { presets } from '../../../../../domain/policy/presets.ts';
import { hashJson } from '../../../../../storage/hashing.ts';
import { runWith } from '../run/command-line.ts';

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-cases-test-')), 'cases.yaml');
  writeFileSync(path, text);
  return path;
}

const cases = `schemaVersion: 1
policy: headless-safe-sandbox
cases:
  - command: git status
    verdict: allow
    rule: headless-safe-sandbox/git-and-tests
  - tool: edit_file
    arguments: { path: .env }
    verdict: deny
  - command: rm -rf .
    verdict: deny
  - command: npm test
    verdict: allow
    rule: headless-safe-sandbox/tests
`;

describe('holdfast policies test', () => {
  it('exits with 0 when every case is as expected, and names the hash of the profile', async () => {
    const path = fileWith(cases.split('  - command: rm')[0] ?? '');

    const { code, stdout } = await runWith(['policies', 'test', path, '--json']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      cases: 2,
      policy: hashJson(presets.get('headless-safe-sandbox')),
      differences: [],
    });
  });

  it('exits with 1 and shows the line, the expected and the given verdict of each difference', async () => {
    const path = fileWith(cases);

    const text = await runWith(['policies', 'test', path]);
    const json = await runWith(['policies', 'test', path, '--json']);

    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.stdout).toMatch(/cases\.yaml:10 +deny +ask by mode\/default +rm -rf \./);
    expect(text.stdout).toContain('4 cases, 2 differ');
    expect(JSON.parse(json.stdout)).toMatchObject({
      differences: [
        { line: 10, expected: { verdict: 'deny' }, got: { verdict: 'ask', rule: 'mode/default' } },
        { line: 12, got: { verdict: 'allow', rule: 'headless-safe-sandbox/git-and-tests' } },
      ],
    });
  });

  it('takes the profile of the command before that of the file', async () => {
    const path = fileWith(cases);

    const args = ['policies', 'test', path, '--policy', 'plan-readonly', '--json'];
    const { stdout } = await runWith(args);

    expect(JSON.parse(stdout)).toMatchObject({ policy: hashJson(presets.get('plan-readonly')) });
  });

  it.each([
    ['schemaVersion: 2\ncases: []\n', 'cases.yaml:1:1: schemaVersion'],
    ['schemaVersion: 1\ncases:\n  - verdict: allow\n', 'either a command or a tool'],
    [
      'schemaVersion: 1\ncases:\n  - command: ls\n    verdict: maybe\n',
      'cases.yaml:4:5: cases.0.verdict',
    ],
    [
      'schemaVersion: 1\ncases:\n  - tool: fly\n    verdict: ask\n',
      'cases.yaml:3: there is no tool named fly',
    ],
    [
      'schemaVersion: 1\ncases:\n  - command: ls\n    verdict: ask\n    extra: 1\n',
      'cases.yaml:5:5',
    ],
    ['cases: [', 'cases.yaml:'],
  ])('refuses a file that does not fit: %j', async (text, message) => {
    const { code, stderr } = await runWith(['policies', 'test', fileWith(text)]);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says which file is not there', async () => {
    const { code, stderr } = await runWith(['policies', 'test', '/nowhere/cases.yaml']);

    expect(code).not.toBe(0);
    expect(stderr).toContain('cases.yaml');
  });
});

describe('holdfast policies evaluate', () => {
  it('prints the hash of the profile that decided', async () => {
    const hash = hashJson(presets.get('plan-readonly'));
    const args = ['policies', 'evaluate', '--policy', 'plan-readonly', '--tool', 'finish'];

    const text = await runWith(args);
    const json = await runWith([...args, '--json']);

    expect(text.stdout).toContain(`policy ${hash}`);
    expect(JSON.parse(json.stdout)).toMatchObject({ policy: hash });
  });
});
