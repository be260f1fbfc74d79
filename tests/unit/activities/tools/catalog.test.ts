import { describe, expect, it } from '@jest/globals';

import { ClosedFiles } from '../../../../activities/workspace/closed-files/closed-files.ts';
import { createTools, toolSpecs } from '../../../../activities/tools/catalog.ts';
import { clampForModel } from '../../../../activities/tools/clamp.ts';
import { createFinishTool, finishSchema } from '../../../../activities/tools/finish/finish-tool.ts';
import { readingTools } from '../../../../domain/tools/reading-tools.ts';
import { createSlots } from '../../../../activities/workspace/git/slots.ts';

const never = () => Promise.reject(new Error('not in this test'));
const tools = createTools({
  runner: {
    sandbox: { run: never, runOnce: never, resume: never, isBegun: () => false },
    limits: {},
    closedFiles: new ClosedFiles(),
  },
  gitSlots: createSlots(5),
  findShellFacts: never,
  http: { allowedHosts: [], idempotentHosts: [], lookUp: never },
  remotes: {
    git: { searchPath: '', configurationFile: '', slots: createSlots(5) },
    rules: { allowedHosts: [], lookUp: never },
    repositories: [],
    credentialFor: never,
  },
  playbooks: { tiers: () => ({ accepted: never, byMeaning: never }), lint: never },
  playbookRuns: {
    runner: { start: never, attach: never, check: never, isBegun: never },
    records: {
      begin: never,
      end: never,
      find: never,
      rollbackOf: never,
      put: never,
      changes: never,
      seen: never,
      isSeen: never,
    },
    folder: '',
    inventories: [],
    changedFiles: never,
  },
});

describe('createTools', () => {
  it('makes the built-in tools', () => {
    expect([...tools.values()].map(({ name, access }) => `${name}: ${access}`)).toEqual([
      'read_file: read',
      'list_files: read',
      'find_files: read',
      'search_text: read',
      'write_file: change',
      'edit_file: change',
      'shell: change',
      'run_tests: change',
      'git_status: read',
      'git_diff: read',
      'git_log: read',
      'git_commit: change',
      'git_branch: change',
      'git_push: change',
      'http_fetch: read',
      'http_request: change',
      'find_playbook: read',
      'lint_playbook: read',
      'scaffold_playbook: change',
      'preview_playbook: read',
      'apply_playbook: destructive',
      'ask_person: wait',
      'finish: finish',
    ]);
  });

  it('knows which of them only read, whatever their arguments are', () => {
    const reading = [...tools.values()].filter(
      ({ access, needs }) => access === 'read' && needs === undefined,
    );

    expect(reading.map(({ name }) => name)).toEqual([...readingTools]);
  });

  it('takes effects back of what leaves something to look at; the rest is done by hand', () => {
    const takenBack = [...tools.values()].filter(({ takeBack }) => takeBack !== undefined);

    expect(takenBack.map(({ name }) => name)).toEqual([
      'write_file',
      'edit_file',
      'git_commit',
      'git_branch',
      'git_push',
      'http_request',
      'scaffold_playbook',
    ]);
  });

  it('says of each tool with effects how they are kept, found out about and taken back', () => {
    const effectful = [...tools.values()].filter(({ effect }) => effect !== undefined);
    // A look at hosts is an effect where the run itself wrote what runs then.
    const changing = [...tools.values()].filter(
      ({ name, access }) =>
        access === 'change' || access === 'destructive' || name === 'preview_playbook',
    );

    expect(effectful.map(({ name }) => name)).toEqual(changing.map(({ name }) => name));
    for (const { effect } of effectful) {
      for (const words of Object.values({ ...effect })) expect(words).not.toBe('');
    }
  });

  it('offers the web to runs with network only', () => {
    const needy = [...tools.values()].filter(({ needs }) => needs === 'network');

    expect(needy.map(({ name }) => name)).toEqual([
      'git_push',
      'http_fetch',
      'http_request',
      'preview_playbook',
      'apply_playbook',
    ]);
  });
});

describe('toolSpecs', () => {
  it.each([...toolSpecs(tools.values())].map((spec) => [spec.name, spec] as const))(
    'describes %s and each of its fields, and takes no others',
    (_, { description, parameters }) => {
      expect(description.length).toBeGreaterThan(20);
      expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
      for (const field of Object.values(parameters['properties'] ?? {})) {
        expect(field).toMatchObject({ description: expect.any(String) });
      }
    },
  );

  it('gives the same object for the same tool', () => {
    expect(toolSpecs(tools.values())[0]?.parameters).toBe(toolSpecs(tools.values())[0]?.parameters);
  });
});

describe('finishSchema', () => {
  it('wants a summary that is not blank', () => {
    const blank = finishSchema([]).safeParse({ summary: ' ' });

    expect(finishSchema([]).safeParse({}).success).toBe(false);
    expect(blank.error?.issues[0]).toMatchObject({
      path: ['summary'],
      message: 'must not be blank',
    });
    expect(finishSchema([]).parse({ summary: 'done' })).toEqual({
      summary: 'done',
      artifacts: [],
      nextSteps: [],
      notes: [],
    });
  });

  it('wants verified tests where the gate is set, and takes no for an answer nowhere', () => {
    const gated = finishSchema(['tests-verified']);

    expect(gated.safeParse({ summary: 'x' }).success).toBe(false);
    expect(gated.safeParse({ summary: 'x', testsVerified: false }).success).toBe(false);
    expect(gated.safeParse({ summary: 'x', testsVerified: true }).success).toBe(true);
    expect(finishSchema([]).safeParse({ summary: 'x', testsVerified: false }).success).toBe(true);
    expect(createFinishTool(['tests-verified']).schema).toBe(gated);
  });
});

describe('clampForModel', () => {
  it('leaves short texts alone', () => {
    expect(clampForModel('x'.repeat(50_000), { blob: 'hash' })).toBe('x'.repeat(50_000));
  });

  it('cuts after 50,000 characters and says where and where the rest is', () => {
    const text = 'ä'.repeat(60_000);

    expect(clampForModel(text, { blob: 'hash' })).toBe(
      `${'ä'.repeat(50_000)}\n[TRUNCATED at 100000 bytes]\n[the full text has 120000 bytes and is kept as blob hash]`,
    );
    expect(clampForModel(text)).toMatch(/\[TRUNCATED at 100000 bytes\]$/);
  });
});

describe('createSlots', () => {
  it('lets no more than its number work at once, and goes on after a failure', async () => {
    const slots = createSlots(2);
    let working = 0;
    let most = 0;
    const work = () =>
      slots(async () => {
        working += 1;
        most = Math.max(most, working);
        await Promise.resolve();
        working -= 1;
        throw new Error('fails');
      });

    const ended = await Promise.allSettled(Array.from({ length: 10 }, work));

    expect(ended).toHaveLength(10);
    expect(most).toBe(2);
  });
});
