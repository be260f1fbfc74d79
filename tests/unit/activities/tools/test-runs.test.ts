import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { detectFramework } from '../../../../activities/tools/tests/detect-framework.ts';
import {
  isPlainCommand,
  plainTestCommand,
} from '../../../../activities/tools/tests/plain-test-command.ts';
import { readReport } from '../../../../activities/tools/tests/read-report.ts';

describe('plainTestCommand', () => {
  it.each([
    ['python3 -m pytest', 'pytest'],
    ['pytest tests/test_a.py::test_b -q -x', 'pytest'],
    ['npm test -- src/a.test.ts', 'npm'],
    ['go test ./... -run TestAdd -race', 'go'],
    ['cargo test --workspace', 'cargo'],
    ['make check', 'other'],
  ])('knows %s', (text, framework) => {
    expect(plainTestCommand(text)).toBe(framework);
  });

  it.each([
    'npm test || true',
    'true',
    '! npm test',
    'npm test; true',
    'npm test | tail',
    'CI=1 npm test',
    'pytest --collect-only',
    'pytest -p evil',
    'go test -exec ./run ./...',
    'cargo test --config a=b',
    'npm testing',
    'pytest $(rm x)',
    'make test CC=evil',
    './run-tests.sh',
  ])('does not take %s for a test command', (text) => {
    expect(plainTestCommand(text)).toBeUndefined();
  });

  it('tells single commands from compound ones', () => {
    expect(isPlainCommand('./run-tests.sh all')).toBe(true);
    expect(isPlainCommand('./run-tests.sh || true')).toBe(false);
  });
});

describe('readReport', () => {
  it.each([
    ['pytest', '===== 2 failed, 3 passed, 1 error in 0.12s =====', [3, 2, 1]],
    ['pytest', '5 passed in 1.20s', [5, 0, 0]],
    ['pytest', '==== no tests ran in 0.01s ====', [0, 0, 0]],
    [
      'cargo',
      'test result: FAILED. 3 passed; 1 failed; 0 ignored\ntest result: ok. 2 passed; 0 failed;',
      [5, 1, 0],
    ],
    ['cargo', 'error[E0425]: cannot find value', [0, 0, 1]],
    [
      'go',
      '--- FAIL: TestA (0.00s)\nFAIL\nFAIL\texample.org/a\t0.002s\nok  \texample.org/b\t0.001s',
      [1, 1, 0],
    ],
    ['go', 'FAIL\texample.org/a [build failed]', [0, 0, 1]],
    [
      'npm',
      'Test Suites: 1 failed, 1 passed, 2 total\nTests:       1 failed, 3 passed, 4 total',
      [3, 1, 0],
    ],
    ['npm', 'Test Suites: 1 failed, 1 total\nTests:       0 total', undefined],
    ['npm', '      Tests  2 passed (2)', [2, 0, 0]],
    ['npm', '# tests 4\n# pass 3\n# fail 1\n# cancelled 0', [3, 1, 0]],
    ['npm', 'ℹ pass 2\nℹ fail 0', [2, 0, 0]],
    ['npm', '\u001B[32m  3 passing\u001B[0m (5ms)\n  1 failing', [3, 1, 0]],
    ['other', 'Ran 3 tests in 0.001s\n\nFAILED (failures=1, errors=1)', [1, 1, 1]],
    ['other', 'all good', undefined],
  ] as const)('reads %s: %s', (framework, output, counts) => {
    const [passedCount, failedCount, errorCount] = counts ?? [];

    expect(readReport(framework, output)).toEqual(
      counts === undefined ? undefined : { passedCount, failedCount, errorCount },
    );
  });
});

describe('detectFramework', () => {
  it.each([
    [{ 'Cargo.toml': '' }, 'cargo'],
    [{ 'go.mod': '' }, 'go'],
    [{ 'package.json': '{"scripts": {"test": "node --test"}}' }, 'npm'],
    [
      { 'package.json': '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}' },
      undefined,
    ],
    [{ 'package.json': '{not json' }, undefined],
    [
      {
        'pyproject.toml': '[tool.pytest.ini_options]\n',
        'package.json': '{"scripts": {"test": "x"}}',
      },
      'pytest',
    ],
    [{ 'pyproject.toml': '[project]\n', 'package.json': '{"scripts": {"test": "x"}}' }, 'npm'],
    [{ 'pyproject.toml': '[project]\n' }, 'pytest'],
    [{ 'tests/test_a.py': '' }, 'pytest'],
    [{ 'README.md': '' }, undefined],
    [{}, undefined],
  ])('finds out of %j: %s', async (files, framework) => {
    const root = await mkdtemp(join(tmpdir(), 'detect-'));
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }

    expect(await detectFramework({ root, uid: 0, gid: 0 }, '.')).toBe(framework);
    await rm(root, { recursive: true });
  });

  it('looks at nothing outside', async () => {
    const root = await mkdtemp(join(tmpdir(), 'detect-'));
    await symlink('/etc', join(root, 'tests'));
    await symlink('/etc/passwd', join(root, 'package.json'));

    expect(await detectFramework({ root, uid: 0, gid: 0 }, '.')).toBeUndefined();
    await rm(root, { recursive: true });
  });
});
