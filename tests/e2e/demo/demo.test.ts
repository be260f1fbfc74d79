import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';

import { runCli, spawnCli } from '../../support/instance/cli.ts';
import { makeTestHome, testHomeVariables } from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';

jest.setTimeout(180_000);

const effectSchema = z.object({ callId: z.string(), tool: z.string(), state: z.string() });
const ledgerSchema = z.object({
  effects: z.array(effectSchema.extend({ effectSeq: z.number() })),
});
const demoSchema = z.object({
  project: z.string(),
  isRehearsal: z.boolean(),
  run: z.object({
    key: z.string(),
    status: z.string(),
    turn: z.number(),
    costMicroUsd: z.null(),
    tokensIn: z.number().positive(),
  }),
  tests: z.array(z.string()),
  approvals: z.number(),
  worker: z.object({ type: z.string(), pid: z.number(), newPid: z.number() }),
  effects: z.array(effectSchema),
  repeated: z.array(z.string()),
  files: z.array(z.object({ path: z.string() })),
  patch: z.string(),
  temporalUrl: z.url(),
  tookMs: z.number(),
});

/** What each example changes, and the report that its script appends to: a second run would add its lines again. */
const examples = [
  {
    name: 'javascript',
    fixed: 'src/checkout.js',
    report: 'reports/undercharged.csv',
    added: ['+A-1002,4.90', '+A-1004,4.90', '+A-1006,4.90'],
  },
  {
    name: 'python',
    fixed: 'invoicing/tax.py',
    report: 'reports/corrections.csv',
    added: ['+R-202,0.01', '+R-204,-0.01'],
  },
] as const;

describe('holdfast demo', () => {
  const home = makeTestHome();
  // Models of the one who runs the tests stay out: the script answers.
  const variables = { ...testHomeVariables(home), OPENAI_MODEL: undefined };
  const projects: string[] = [];

  afterAll(async () => {
    await runCli(['down'], variables);
    for (const folder of [home, ...projects]) rmSync(folder, { recursive: true, force: true });
  });

  it.each(examples)(
    'repairs the $name project although its worker is killed, and repeats nothing',
    async ({ name, fixed, report, added }) => {
      const args = ['demo', '--yes', '--json', '--example', name, '--model', 'rehearsal'];
      const { code, stdout, stderr } = await runCli(args, variables);

      expect({ code, problem: code === 0 ? '' : stdout + stderr }).toEqual({
        code: 0,
        problem: '',
      });
      const demo = demoSchema.parse(JSON.parse(stdout));
      projects.push(dirname(demo.project));
      expect(demo.run).toMatchObject({ status: 'completed', turn: 7 });
      expect(demo.isRehearsal).toBe(true);
      expect(demo.tests).toEqual(['red', 'green']);
      expect(demo.approvals).toBe(1);
      expect(demo.worker.type).toBe('killed');
      expect(demo.worker.newPid).not.toBe(demo.worker.pid);
      expect(demo.repeated).toEqual([]);
      expect(demo.effects.map(({ tool }) => tool).toSorted()).toEqual([
        'edit_file',
        'run_tests',
        'run_tests',
        'shell',
      ]);
      const listed = await runCli(['effects', 'list', '--run', demo.run.key, '--json'], variables);
      const { effects } = ledgerSchema.parse(JSON.parse(listed.stdout));
      expect(new Set(effects.map(({ callId }) => callId)).size).toBe(4);
      expect(effects.map(({ effectSeq }) => effectSeq).toSorted((a, b) => a - b)).toEqual([
        1, 2, 3, 4,
      ]);
      expect(effects.filter(({ state }) => state === 'intent' || state === 'unknown')).toEqual([]);
      expect(demo.files.map(({ path }) => path).toSorted()).toEqual([fixed, report].toSorted());
      const lines = demo.patch.split('\n');
      expect(lines.filter((line) => /^\+[AR]-\d/.test(line))).toEqual(added);
      expect(demo.tookMs).toBeLessThan(60_000);
    },
  );

  const modelsLeft = async (): Promise<readonly string[]> => {
    const { stdout } = await runCli(['models', '--no-probe', '--json'], variables);
    const { models } = z
      .object({ models: z.array(z.object({ name: z.string() })) })
      .parse(JSON.parse(stdout));
    return models.map(({ name }) => name);
  };

  it('leaves no model behind that nothing answers for', async () => {
    expect(await modelsLeft()).toEqual([]);
  });

  it('leaves a start without a model refused, with a suggestion of its own', async () => {
    const { code, stdout } = await runCli(['run', 'x', '--no-workspace', '--json'], variables);

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'invalid_argument',
      message: 'no model is configured',
      suggestion: expect.stringContaining('holdfast demo'),
    });
  });

  it('takes its model off the list when it is left with Ctrl-C, too', async () => {
    const demo = spawnCli(['demo', '--yes', '--model', 'rehearsal'], variables);
    const closed = once(demo, 'close');
    let seen = '';
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (seen += text));
    }
    await pollFor('the second turn is shown', () => seen.includes('turn 2') || undefined);
    const during = await modelsLeft();

    demo.kill('SIGINT');

    expect(await closed).toEqual([130, null]);
    expect(during).toEqual(['rehearsal']);
    expect(await modelsLeft()).toEqual([]);
    const project = /project\s+(\S+)/.exec(seen)?.[1];
    if (project !== undefined) projects.push(dirname(project));
  });

  it('leaves a run that other commands know, and a project that is as it was', async () => {
    const { stdout } = await runCli(['runs', 'list', '--json'], variables);

    const { runs } = z
      .object({ runs: z.array(z.object({ status: z.string(), rehearsal: z.boolean() })) })
      .parse(JSON.parse(stdout));
    expect(runs.map(({ status }) => status)).toEqual(['cancelled', 'completed', 'completed']);
    expect(runs.every(({ rehearsal }) => rehearsal)).toBe(true);
    expect(projects.some((folder) => existsSync(`${folder}/javascript-cart/reports`))).toBe(false);
  });
});
