import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { assignWorkspace } from '../../../activities/sandbox/assign-workspace.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox();
});

afterAll(() => fixture.close());

interface Project {
  readonly program: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
  readonly prints: string;
}

const projects: readonly Project[] = [
  {
    program: 'npm',
    files: {
      'package.json': '{ "name": "demo", "scripts": { "test": "node --test" } }',
      'sum.test.js':
        'const { test } = require("node:test"); const assert = require("node:assert"); test("adds", () => assert.equal(1 + 1, 2));',
    },
    command: 'npm test',
    prints: 'pass 1',
  },
  {
    program: 'pytest',
    files: { 'test_sum.py': 'def test_adds():\n    assert 1 + 1 == 2\n' },
    command: 'python3 -m pytest -q',
    prints: '1 passed',
  },
  {
    program: 'python3',
    files: {},
    command:
      'python3 -m venv --without-pip .venv && .venv/bin/python -c "import sys, ssl, sqlite3; print(sys.prefix)"',
    prints: '/workspace/python3/.venv',
  },
  {
    program: 'git',
    files: { a: 'a' },
    command:
      'git init -q . && git add . && git -c user.name=a -c user.email=a@example.org commit -qm first && git log --format=%s',
    prints: 'first',
  },
  {
    program: 'go',
    files: {
      'go.mod': 'module demo\n\ngo 1.20\n',
      'sum_test.go':
        'package demo\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) { if 1+1 != 2 { t.Fail() } }\n',
    },
    command: 'go test ./...',
    prints: 'ok  \tdemo',
  },
  {
    program: 'cargo',
    files: {
      'Cargo.toml': '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': '#[test]\nfn adds() { assert_eq!(1 + 1, 2); }\n',
    },
    command: 'cargo test -q',
    prints: '1 passed',
  },
];

const path = (process.env['PATH'] ?? '').split(':');

function isOnPath(program: string): boolean {
  return path.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const present = projects.filter(
  ({ program }) => process.env['CI'] !== undefined || isOnPath(program),
);

describe('toolchains inside', () => {
  it.each(present)(
    'work offline: $program',
    async ({ program, files, command, prints }) => {
      const inFolder = Object.entries(files).map(([name, text]) => [`${program}/${name}`, text]);
      await fixture.write({ [`${program}/.keep`]: '', ...Object.fromEntries(inFolder) });

      const { exitCode, output } = await fixture.shell(command, {
        cwd: program,
        limits: { wallMs: 110_000 },
      });

      expect(output.combined).toContain(prints);
      expect(exitCode).toBe(0);
    },
    120_000,
  );

  it('show nothing of the home they lie in', async () => {
    const { output } = await fixture.shell('find /root -maxdepth 2 -not -type d; ls -A /home');

    expect(output.stdout).not.toMatch(/bashrc|npmrc|gitconfig|credentials|history/);
    expect(output.stdout).toMatch(/^agent$/m);
  });

  it('keep their caches between commands in a home that lasts', async () => {
    const home = join(fixture.folder, 'home');
    mkdirSync(home);
    if (process.getuid?.() === 0) await assignWorkspace(home, fixture.uid);
    await fixture.shell('mkdir -p ~/.cache && echo warm > ~/.cache/entry', { home });

    const again = await fixture.shell('cat ~/.cache/entry', { home });
    const other = await fixture.shell('cat ~/.cache/entry');

    expect(again.output.stdout).toBe('warm\n');
    expect(other.exitCode).not.toBe(0);
  });
});
