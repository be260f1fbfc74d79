import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pollFor } from '../../support/poll.ts';
import { conversation, makeProject } from '../../support/runs/run-harness.ts';
import { startRunInstance, type RunInstance } from '../../support/instance/run-instance.ts';
import { call, calling, script, shell } from '../../support/runs/run-scripts.ts';

const javascript = {
  'package.json': '{"name":"sum","type":"module","scripts":{"test":"node --test"}}',
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'sum.test.js':
    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from './sum.js';\ntest('sums', () => assert.equal(sum(2, 3), 5));\n",
};
const python = {
  'pyproject.toml': '[tool.pytest.ini_options]\ntestpaths = ["."]\n',
  'sums.py': 'def add(a, b):\n    return a - b\n',
  'test_sums.py': 'from sums import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n',
};

/** Looks, sees red, mends, sees green, finishes: as an agent does. */
function repairing(name: string, edit: Record<string, string>) {
  return script(
    name,
    calling(call('list_files'), call('read_file', { path: edit['path'] })),
    calling(call('run_tests')),
    calling(call('edit_file', edit)),
    calling(call('run_tests')),
    calling(call('finish', { summary: `mended ${edit['path']}`, testsVerified: true })),
  );
}

let instance: RunInstance;

beforeAll(async () => {
  instance = await startRunInstance([
    repairing('javascript', { path: 'sum.js', oldText: 'a - b', newText: 'a + b' }),
    repairing('python', { path: 'sums.py', oldText: 'a - b', newText: 'a + b' }),
    script(
      'asking',
      calling(shell('node -e "1" && echo made > made.txt')),
      calling(call('ask_person', { question: 'Which port?', choices: ['3001', '3002'] })),
      calling(call('run_tests')),
      calling(call('edit_file', { path: 'sum.js', oldText: 'a - b', newText: 'a + b' })),
      calling(call('run_tests')),
      calling(call('finish', { summary: 'asked and mended', testsVerified: true })),
    ),
    script('waiting', calling(shell('echo one > one.txt && true')), calling(call('finish', {}))),
  ]);
});

afterAll(async () => instance.stop());

/** The key of the run that a document is about. */
function keyOf(document: Record<string, unknown>): string {
  const run: unknown = document['run'] ?? document;
  const key: unknown =
    typeof run === 'object' && run !== null ? Reflect.get(run, 'key') : undefined;
  if (typeof key !== 'string') throw new Error(`no key in ${JSON.stringify(document)}`);
  return key;
}

/** Waits until a run of the inbox has something open, and gives its id. */
async function waiting(runKey: string): Promise<string> {
  return pollFor(`${runKey} waits for a person`, async () => {
    const { document } = await instance.json('inbox');
    const items: unknown = document['items'];
    const found = (Array.isArray(items) ? items : []).find((item) => item.runKey === runKey);
    return found === undefined ? undefined : String(found.approvalId);
  });
}

describe('holdfast run', () => {
  it.each([
    ['javascript', javascript, 'sum.js', 'node', ['--test']],
    ['python', python, 'sums.py', 'python3', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider']],
  ])(
    'repairs a %s project in a copy, without network, and applies it to the real one',
    async (name, files, path, program, args) => {
      const project = makeProject(files);

      const run = await instance.json(
        'run',
        `fix it ${conversation(name)}`,
        '--workspace',
        project,
        '--wait',
      );

      expect(run).toMatchObject({ code: 0, document: { run: { status: 'completed' } } });
      expect(readFileSync(join(project, path), 'utf8')).toContain('a - b');
      const key = keyOf(run.document);
      const diff = await instance.cli(['runs', 'diff', key]);
      expect(diff.stdout).toContain('a + b');
      const applied = await instance.cli(['runs', 'apply', key, '--workspace', project, '--yes']);
      expect(applied.code).toBe(0);
      expect(readFileSync(join(project, path), 'utf8')).toContain('a + b');
      // The test runner of a test must not take the inner one for a part of itself.
      const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
      expect(() =>
        execFileSync(program, args, { cwd: project, env: { ...environment, NODE_OPTIONS: '' } }),
      ).not.toThrow();
    },
  );

  it('lets a person approve, answer and see what was done', async () => {
    const project = makeProject(javascript);
    const started = await instance.json(
      'run',
      `do it ${conversation('asking')}`,
      '--workspace',
      project,
    );
    const key = keyOf(started.document);

    const first = await waiting(key);
    const approved = await instance.json('approve', first);
    expect(approved).toMatchObject({ code: 0, document: { state: 'approved' } });
    const question = await pollFor('the question', async () => {
      const id = await waiting(key);
      return id === first ? undefined : id;
    });
    const answered = await instance.json('answer', question, '3002');
    expect(answered).toMatchObject({ code: 0, document: { state: 'approved' } });
    const ended = await pollFor('the end', async () => {
      const { document } = await instance.json('runs', 'show', key);
      return document['status'] === 'completed' ? document : undefined;
    });

    expect(ended).toMatchObject({ stopReason: 'finished' });
    const transcript = await instance.cli(['runs', 'transcript', key]);
    expect(transcript.stdout).toContain('3002');
    const effects = await instance.json('effects', 'list', '--run', key);
    expect(JSON.stringify(effects.document)).toContain('"committed"');
    const again = await instance.json('approve', first);
    expect(again.code).not.toBe(0);
    expect(again.document).toMatchObject({ retryable: false });
  });

  it('ends with exit code 4 when it waits for a person and nobody is there, and goes on after a rejection', async () => {
    const project = makeProject(javascript);

    const run = await instance.json(
      'run',
      `go ${conversation('waiting')}`,
      '--workspace',
      project,
      '--no-wait',
    );
    const listed = await instance.cli(['runs', 'list', '--resumable']);

    expect(run.code).toBe(4);
    expect(listed.stdout).toContain('(resumable)');
    const key = keyOf(run.document);
    const rejected = await instance.json('reject', await waiting(key), 'use the tests instead');
    expect(rejected).toMatchObject({ code: 0, document: { state: 'rejected' } });
    const cancelled = await instance.json('runs', 'cancel', key);
    expect(cancelled.code).toBe(0);
  });

  it('starts one run for one key, and refuses another request under it', async () => {
    const project = makeProject(javascript);
    const start = async (prompt: string) =>
      instance.json(
        'run',
        `${prompt} ${conversation('javascript')}`,
        '--workspace',
        project,
        '--key',
        'k1',
        '--wait',
      );

    const [first, second] = await Promise.all([start('fix it'), start('fix it')]);
    const other = await start('fix something else');

    expect([first.code, second.code]).toEqual([0, 0]);
    expect(keyOf(second.document)).toBe(keyOf(first.document));
    expect(other).toMatchObject({ code: 1, document: { code: 'idempotency_conflict' } });
  });
});
