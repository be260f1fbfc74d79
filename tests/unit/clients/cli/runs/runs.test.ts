import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { notEnded } from '../../../../../clients/temporal/runs/not-ended.ts';
import { runWith, scriptedPrompter } from '../run/command-line.ts';
import { fakeClient, runDetail } from '../run/fake-client.ts';

const patch = Buffer.from(
  [
    'diff --git a/sum.js b/sum.js',
    '--- a/sum.js',
    '+++ b/sum.js',
    '@@ -1 +1 @@',
    '-a - b',
    '+a + b',
    '',
  ].join('\n'),
);
const diffRun = async () => ({
  patch,
  files: [{ path: 'sum.js', status: 'modified', added: 1, removed: 1 }],
});

const withDiff = () => fakeClient({ overrides: { diffRun } });
const folderWith = (content: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-apply-test-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sum.js'), content);
  return folder;
};

describe('holdfast runs list', () => {
  it('marks what has not ended', async () => {
    const runs = [runDetail({ key: 'k2', status: 'paused', pause: 'budget' }), runDetail()];
    const client = fakeClient({ overrides: { listRuns: async () => runs } });

    const { stdout } = await runWith(['runs', 'list'], { client });

    const [, second, third] = stdout.split('\n');
    expect(second).toContain('k2   paused: budget (resumable)');
    expect(third).toContain('k1   completed  ');
  });

  it('asks for what the options say, and prints one document', async () => {
    const client = fakeClient();

    const { stdout } = await runWith(
      ['runs', 'list', '--limit', '3', '--status', 'failed', '--resumable', '--json'],
      { client },
    );

    expect(client.calls[0]).toEqual(['listRuns', { limit: 3, status: 'failed', resumable: true }]);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      runs: [{ key: 'k1', resumable: false }],
    });
  });
});

describe('a run that is not named', () => {
  it.each([['show'], ['watch'], ['diff'], ['transcript'], ['cancel']])(
    'is refused by %s in a pipe',
    async (verb) => {
      const { code, stderr } = await runWith(['runs', verb], { client: fakeClient() });

      expect(code).toBe(2);
      expect(stderr).toContain('holdfast runs list');
    },
  );

  it('is picked on a terminal', async () => {
    const prompter = scriptedPrompter(['run/default/k1']);

    const { stdout } = await runWith(['runs', 'show'], {
      client: fakeClient(),
      isTerminal: true,
      prompter,
    });

    expect(prompter.asked).toEqual(['Which run?']);
    expect(stdout).toContain('mend the sum');
  });
});

describe('a list to pick a run from', () => {
  it.each([['diff'], ['show']])('ends %s with 130, and quietly, when it is left', async (verb) => {
    const world = { client: fakeClient(), isTerminal: true, prompter: scriptedPrompter([]) };

    const { code, stderr } = await runWith(['runs', verb], world);

    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  });
});

describe('holdfast runs diff', () => {
  it('gives the patch byte for byte in a pipe', async () => {
    const { stdout } = await runWith(['runs', 'diff', 'k1'], { client: withDiff() });

    expect(stdout).toBe(patch.toString());
  });

  it('gives files with --stat, and both with --json', async () => {
    const stat = await runWith(['runs', 'diff', 'k1', '--stat'], { client: withDiff() });
    const json = await runWith(['runs', 'diff', 'k1', '--json'], { client: withDiff() });

    expect(stat.stdout).toBe('  modified  sum.js  +1 -1\n  1 file changed, +1 -1\n');
    expect(JSON.parse(json.stdout)).toMatchObject({
      encoding: 'base64',
      patch: patch.toString('base64'),
      files: [{ path: 'sum.js' }],
    });
  });
});

describe('a run that waits', () => {
  it.each([['paused'], ['awaiting_approval']] as const)(
    'is compared in its files, since nothing is on record yet: %s',
    async (status) => {
      const workspace = { id: 'gone', host: 'elsewhere' };
      const place = { key: 'k1', workspace, status, isQuiet: false };
      const { timeTravel } = fakeClient();
      const client = fakeClient({
        run: runDetail({ status }),
        overrides: { timeTravel: { ...timeTravel, workspaceOf: async () => place } },
      });

      const { code, stderr } = await runWith(['runs', 'diff', 'k1'], { client });

      expect(code).toBe(4);
      expect(stderr).toContain('on host elsewhere');
    },
  );

  it.each([
    ['paused', 'run k1 is paused and has not ended: on purpose', 'holdfast runs resume k1'],
    ['awaiting_approval', 'run k1 waits for a person and has not ended', 'holdfast inbox'],
    ['running', 'run k1 is still working', 'holdfast runs watch k1'],
  ] as const)('is told what it waits for when its result is asked for: %s', (...row) => {
    const [status, message, suggestion] = row;
    const error = notEnded(runDetail({ status, message: 'on purpose' }));

    expect(error.message).toBe(message);
    expect(error.suggestion).toContain(suggestion);
  });
});

describe('holdfast runs apply', () => {
  it('writes all files, or none and names what does not fit', async () => {
    const [fits, differs] = [folderWith('a - b\n'), folderWith('something else\n')];

    const done = await runWith(['runs', 'apply', 'k1', '--workspace', fits], {
      client: withDiff(),
    });
    const refused = await runWith(['runs', 'apply', 'k1', '--workspace', differs, '--json'], {
      client: withDiff(),
    });

    expect(done.code).toBe(0);
    expect(readFileSync(join(fits, 'sum.js'), 'utf8')).toBe('a + b\n');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      code: 'conflict',
      details: { files: ['sum.js'] },
    });
    expect(readFileSync(join(differs, 'sum.js'), 'utf8')).toBe('something else\n');
  });

  it('says that the changes are there already, asks nothing, and exits with 0', async () => {
    const folder = folderWith('a + b\n');

    const told = await runWith(['runs', 'apply', 'k1', '--workspace', folder], {
      client: withDiff(),
      isTerminal: true,
      prompter: scriptedPrompter([]),
    });
    const { code, stdout } = await runWith(
      ['runs', 'apply', 'k1', '--workspace', folder, '--json'],
      { client: withDiff() },
    );

    expect([told.code, code]).toEqual([0, 0]);
    expect(told.stdout).toContain('the changes are there already');
    expect(JSON.parse(stdout)).toMatchObject({ files: ['sum.js'], wasThere: true });
  });

  it('asks first on a terminal', async () => {
    const folder = folderWith('a - b\n');

    const { code } = await runWith(['runs', 'apply', 'k1', '--workspace', folder], {
      client: withDiff(),
      isTerminal: true,
      prompter: scriptedPrompter([false]),
    });

    expect(code).toBe(1);
    expect(readFileSync(join(folder, 'sum.js'), 'utf8')).toBe('a - b\n');
  });

  it('needs a folder for a run that had none', async () => {
    const { code, stderr } = await runWith(['runs', 'apply', 'k1'], { client: withDiff() });

    expect(code).toBe(2);
    expect(stderr).toContain('--workspace');
  });
});

describe('steering', () => {
  it.each([
    [
      ['runs', 'cancel', 'k1', '--reason', 'enough'],
      ['cancelRun', 'k1', 'enough'],
    ],
    [
      ['runs', 'pause', 'k1'],
      ['pauseRun', 'k1', undefined],
    ],
    [
      ['runs', 'resume', 'k1'],
      ['resumeRun', 'k1', undefined],
    ],
    [
      ['runs', 'message', 'k1', 'use tabs'],
      ['messageRun', 'k1', 'use tabs'],
    ],
  ])('sends %j', async (args, expected) => {
    const client = fakeClient();

    const { code, stdout } = await runWith([...args, '--json'], { client });

    expect(client.calls[0]).toEqual(expected);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, run: 'k1' });
  });
});

describe('holdfast runs transcript', () => {
  it('prints who said what', async () => {
    const client = fakeClient({
      overrides: {
        transcript: async () => [
          { role: 'user', text: 'mend it' },
          {
            role: 'assistant',
            text: '',
            toolCalls: [{ name: 'read_file', arguments: '{"path":"a"}' }],
          },
          { role: 'tool', text: '1\tx' },
        ],
      },
    });

    const { stdout } = await runWith(['runs', 'transcript', 'k1'], { client });

    expect(stdout).toBe(
      '── user\nmend it\n\n── assistant, turn 1\n→ read_file {"path":"a"}\n\n── tool\n1\tx\n',
    );
  });
});
