import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { shellFacts } from '../../../activities/commands/shell-facts.ts';
import { createRunTestsTool } from '../../../activities/tools/tests/run-tests-tool.ts';
import { callerFor, refusalOf } from '../../unit/activities/tools/call-tool.ts';
import { callerIn, startRunner } from './tool-bench.ts';
import { createWorkspaceBench, putFiles, type WorkspaceBench } from './workspace-bench.ts';

let running: Awaited<ReturnType<typeof startRunner>>;
let bench: WorkspaceBench;

beforeAll(async () => {
  running = await startRunner();
});

afterAll(() => running.close());

beforeEach(async () => {
  bench = await createWorkspaceBench();
});

afterEach(() => bench.close());

const callerWith = (files: Readonly<Record<string, string>>) => callerIn(bench, files);
const tool = (): ReturnType<typeof createRunTestsTool> =>
  createRunTestsTool(running.runner, shellFacts);
const python = (body: string): Record<string, string> => ({
  'test_a.py': `def test_one():\n    assert ${body}\n\ndef test_two():\n    assert True\n`,
});

describe('run_tests', () => {
  it('runs pytest, green and red, and leaves nothing behind', async () => {
    const { call, changes, workspace } = await callerWith(python('1 == 2'));

    const red = await call(tool(), {});
    await putFiles(workspace.root, python('1 == 1'));
    const green = await call(tool(), {});

    expect(red).toMatchObject({ status: 'error', code: 'test_failed', testsGreen: false });
    expect(JSON.parse(red.text)).toMatchObject({
      passed: false,
      failedCount: 1,
      errorCount: 0,
      framework: 'pytest',
    });
    expect(green).toMatchObject({ status: 'ok', progress: true, testsGreen: true });
    expect(JSON.parse(green.text)).toMatchObject({
      passed: true,
      failedCount: 0,
      summary: expect.stringContaining('2 passed'),
    });
    expect(await changes()).toEqual(['modified test_a.py']);
  });

  it('runs npm test without network', async () => {
    const { call } = await callerWith({
      'package.json': '{"type": "module", "scripts": {"test": "node --test"}}',
      'a.test.js': "import { test } from 'node:test';\ntest('a', () => {});\n",
    });

    const result = await call(tool(), {});

    expect(result).toMatchObject({ status: 'ok', testsGreen: true });
    expect(JSON.parse(result.text)).toMatchObject({ passed: true, framework: 'npm' });
  });

  it('takes no green end without any test for green', async () => {
    const { call } = await callerWith({
      'package.json': '{"scripts": {"test": "node --test none"}}',
      'none/readme.txt': '',
    });

    expect(await call(tool(), {})).toMatchObject({ testsGreen: false });
  });

  it('asks for a command when nothing is known', async () => {
    const { call } = await callerWith({ 'README.md': 'hello' });

    const refusal = await refusalOf(call(tool(), {}));

    expect(refusal).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('`command`'),
    });
  });

  it('is at least asked about for what is no plain test command, and that is not green by itself', async () => {
    const { prepare, call } = await callerWith(python('1 == 2'));

    const preparation = await prepare(tool(), { command: 'python3 -m pytest || true' });
    const result = await call(tool(), { command: 'python3 -m pytest || true' });
    const known = await prepare(tool(), { command: 'python3 -m pytest -q test_a.py' });

    expect(preparation.facts.unresolved.join()).toContain('not known to be a test command');
    expect(result.testsGreen).toBeUndefined();
    expect(known.facts.unresolved).toEqual([]);
  });

  it('ends tests that hang', async () => {
    const { call } = await callerWith({
      'test_a.py': 'import time\ndef test_one():\n    time.sleep(999)\n',
    });

    expect(await call(tool(), { timeoutSeconds: 2 })).toMatchObject({
      code: 'timeout',
      testsGreen: false,
    });
  });

  it('says what to do where pytest is not installed', async () => {
    const { call } = await callerWith({
      ...python('True'),
      'pytest/__init__.py': '',
      'pytest/__main__.py': 'import sys; sys.exit("/usr/bin/python3: No module named pytest")\n',
    });

    const result = await call(tool(), {});

    expect(result).toMatchObject({
      status: 'error',
      code: 'dependency_missing',
      testsGreen: false,
    });
  });

  it('tells how it ended when it is asked later', async () => {
    const { workspace } = await callerWith(python('True'));
    const ledger = { launchNumber: 7, progress: { outputBytes: 0 } };
    const { call, prepare, probe } = callerFor(workspace, { ledger });

    const result = await call(tool(), {});

    expect(result).toMatchObject({ status: 'ok', testsGreen: true });
    expect(await probe(tool(), {}, await prepare(tool(), {}))).toEqual({
      type: 'happened',
      result,
    });
  });
});
