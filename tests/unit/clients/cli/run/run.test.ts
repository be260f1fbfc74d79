import { describe, expect, it } from '@jest/globals';

import { HoldfastError } from '../../../../../domain/failures.ts';
import { runWith, scriptedPrompter } from './command-line.ts';
import { approvalDetail, event, fakeClient, runDetail } from './fake-client.ts';

const opened = event('approval.opened', {
  approvalId: approvalDetail().approvalId,
  kind: 'tool_call',
  subject: '$ npm install',
  digest: 'digest-1',
  risk: 'change',
  rule: 'mode/default',
});

const ask = async (answers: readonly unknown[]) => {
  const client = fakeClient({ items: [opened], approvals: [approvalDetail()] });
  const prompter = scriptedPrompter(answers);
  const line = await runWith(['run', 'x'], { client, isTerminal: true, prompter });
  const decided = client.calls.filter(([name]) => name === 'decide').map(([, input]) => input);
  return { ...line, decided, prompter };
};
const hashed = {
  runId: 'run/default/h1',
  key: 'h1',
  givenKey: 'nightly build!',
  existing: false,
};

const model = (key: string, name: string, more = {}) => ({
  name: key,
  version: 1,
  origin: 'holdfast.yaml',
  body: {
    key,
    backend: 'generic',
    baseUrl: 'http://m/v1',
    model: name,
    ...more,
  },
});

describe('holdfast run', () => {
  it('prints the key of the run in a pipe', async () => {
    const client = fakeClient();

    const { code, stdout } = await runWith(['run', 'mend it'], { client });

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'k1\n' });
    expect(client.calls.at(-1)).toEqual(['close']);
  });

  it('says why a run cannot begin, though nobody waits for it', async () => {
    const refusal = new HoldfastError('invalid_argument', 'no model is configured');
    let looks = 0;
    const getRun = async (): Promise<never> => {
      looks += 1;
      throw looks < 3 ? new HoldfastError('unavailable', 'it has not begun yet') : refusal;
    };

    const { code, stdout, stderr } = await runWith(['run', 'x'], {
      client: fakeClient({ overrides: { getRun } }),
    });

    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: no model is configured\n',
    });
  });

  it.each([
    [['--watch', '--no-wait', '--wait'], '--wait and --no-wait exclude each other'],
    [['--no-watch', '--watch'], '--watch and --no-watch exclude each other'],
    [['--watch', '--wait'], '--watch and --wait exclude each other'],
    [['--workspace', '.', '--no-workspace'], '--workspace and --no-workspace exclude each other'],
  ])('refuses %j', async (options, message) => {
    const client = fakeClient();

    const { code, stderr } = await runWith(['run', 'x', ...options], { client });

    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(client.calls).toEqual([]);
  });

  it('asks for what the options say', async () => {
    const client = fakeClient();
    const options =
      '--workspace ../other --model work --policy plan-readonly --specialist research --max-turns 5 --timeout 1h30m --max-cost 2.50 --network --key k7 --label a=1 --label b=x=y';

    await runWith(['run', 'mend it', ...options.split(' ')], { client });

    expect(client.calls[0]).toEqual([
      'startRun',
      {
        request: {
          prompt: 'mend it',
          workspace: '/projects/other',
          model: 'work',
          policy: 'plan-readonly',
          specialist: 'research',
          networkAllowed: true,
          limits: { maxTurns: 5, timeoutSeconds: 5_400, maxCostMicroUsd: 2_500_000 },
          labels: { a: '1', b: 'x=y' },
        },
        project: 'other',
        key: 'k7',
      },
    ]);
  });

  it.each([
    [['--max-cost', '1'], 'no price is known of second;'],
    [['--max-cost', '1', '--model', 'second'], 'no price is known of second;'],
    [['--max-cost', '1', '--model', 'listed'], undefined],
    [[], undefined],
  ])('with %j says which limit on cost cannot be kept: %s', async (options, warning) => {
    const chain = { primary: 'listed', secondary: 'second', last: 'free', triggers: [] };
    const definitions = {
      policy: [],
      chain: [{ name: 'default', version: 1, origin: 'holdfast.yaml', body: chain }],
      model: [
        model('listed', 'gpt-4.1'),
        model('second', 'house-model'),
        model('free', 'other', { price: { input: 0, output: 0 } }),
      ],
    };
    const client = fakeClient({
      overrides: { listDefinitions: async (kind) => definitions[kind] },
    });

    const { code, stderr } = await runWith(['run', 'x', ...options], { client });

    expect(code).toBe(0);
    expect(/--max-cost cannot be kept: (.*?;)/.exec(stderr)?.[1]).toBe(warning);
  });

  it('works on this folder under its name, or on none', async () => {
    const [here, none] = [fakeClient(), fakeClient()];

    await runWith(['run', 'x'], { client: here });
    await runWith(['run', 'x', '--no-workspace'], { client: none });

    expect(here.calls[0]?.[1]).toMatchObject({
      request: { workspace: '/projects/calc', policy: 'headless-safe-sandbox' },
      project: 'calc',
    });
    expect(none.calls[0]?.[1]).not.toHaveProperty('request.workspace');
  });

  it('reads the prompt from standard input', async () => {
    const client = fakeClient();

    await runWith(['run', '-'], { client, stdin: 'a long task' });

    expect(client.calls[0]?.[1]).toMatchObject({ request: { prompt: 'a long task' } });
  });

  it.each([
    [['run', ' ']],
    [['run']],
    [['run', 'x', '--timeout', '5x']],
    [['run', 'x', '--timeout', '5']],
    [['run', 'x', '--max-cost', 'much']],
    [['run', 'x', '--max-turns', '0']],
    [['run', 'x', '--label', 'plain']],
  ])('refuses %j with exit code 2', async (args) => {
    const client = fakeClient();

    const { code } = await runWith(args, { client });

    expect(code).toBe(2);
    expect(client.calls.filter(([name]) => name === 'startRun')).toEqual([]);
  });

  it.each([
    [{ status: 'completed' }, 0],
    [{ status: 'failed', stopReason: 'max_turns' }, 1],
    [{ status: 'cancelled', stopReason: 'cancelled' }, 1],
    [{ status: 'timed_out', stopReason: 'time' }, 124],
  ] as const)('exits by the result %j', async (run, expected) => {
    const client = fakeClient({ run: runDetail(run) });

    const { code, stdout } = await runWith(['run', 'x', '--wait', '--json'], { client });

    expect(code).toBe(expected);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, type: 'ended', run });
  });

  it('prints JSON lines when it is watched with --json', async () => {
    const client = fakeClient({ items: [event('run.status', { status: 'running' })] });

    const { stdout } = await runWith(['run', 'x', '--watch', '--json'], { client });

    expect(
      stdout
        .trim()
        .split('\n')
        .map((text): unknown => JSON.parse(text)),
    ).toMatchObject([
      { schemaVersion: 1, type: 'event', event: 'run.status' },
      {
        type: 'ended',
        run: { key: 'k1' },
        temporalUrl: 'http://ui/run/default/k1',
      },
    ]);
  });

  it('exits with 4 where it would wait for a person, naming the command that answers', async () => {
    const approval = approvalDetail();
    const client = fakeClient({
      run: runDetail({ status: 'awaiting_approval', approvals: [approval] }),
      items: [opened],
      approvals: [approval],
    });

    const { code, stdout } = await runWith(['run', 'x', '--no-wait'], { client });

    expect(code).toBe(4);
    expect(stdout).toContain('run k1 waits: $ npm install\n');
    expect(stdout).toContain('holdfast approve k1/main/t2/c1/a1\n');
  });

  it.each([
    ['on a terminal', true],
    ['in a pipe', false],
  ])('says once %s how a paused run goes on', async (_, isTerminal) => {
    const client = fakeClient({
      run: runDetail({ status: 'paused', pause: 'model_unavailable', message: 'gpt is down' }),
      items: [event('run.paused', { reason: 'model_unavailable', message: 'gpt is down' })],
    });

    const { code, stdout, stderr } = await runWith(['run', 'x', '--no-wait'], {
      client,
      isTerminal,
    });

    expect(code).toBe(4);
    expect(`${stdout}${stderr}`.match(/holdfast runs resume k1/g)).toHaveLength(1);
  });

  it('says what became of a key that cannot stand in an id', async () => {
    const { stdout, stderr } = await runWith(['run', 'x', '--key', 'nightly build!'], {
      client: fakeClient({ overrides: { startRun: async () => hashed } }),
    });

    expect(stdout).toBe('h1\n');
    expect(stderr).toContain('"nightly build!"');
  });

  it('takes no notice of an approval that was decided before', async () => {
    const client = fakeClient({
      items: [opened],
      approvals: [approvalDetail({ state: 'approved' })],
    });

    const { code } = await runWith(['run', 'x', '--no-wait'], { client });

    expect(code).toBe(0);
  });

  it('shows the card in a pipe and asks nobody', async () => {
    const client = fakeClient({ items: [opened], approvals: [approvalDetail()] });

    const { stdout } = await runWith(['run', 'x', '--watch'], { client });

    expect(stdout).toContain('approval needed: shell  [change]\n  npm install\n');
    expect(stdout).toContain('answer with: holdfast approve k1/main/t2/c1/a1\n');
    expect(client.calls.map(([name]) => name)).not.toContain('decide');
  });
});

describe('holdfast run on a terminal', () => {
  const seen = { approval: approvalDetail().approvalId, digest: 'digest-1' };

  it.each([
    [['approve'], { decision: 'approve' }],
    [['reject', 'not today'], { decision: 'reject', reason: 'not today' }],
    [
      ['change', '{"command": "npm ci"}', true],
      { decision: 'approve', arguments: { command: 'npm ci' } },
    ],
    [['remember', 'npm *', true], { decision: 'approve', remember: 'npm *' }],
  ])('decides by %j, bound to what was shown', async (answers, expected) => {
    const { decided, code } = await ask(answers);

    expect(decided).toEqual([{ ...seen, ...expected }]);
    expect(code).toBe(0);
  });

  it('asks again after arguments that are no JSON', async () => {
    const { decided, stdout } = await ask(['change', '{broken', 'approve']);

    expect(stdout).toContain('that is no JSON object; nothing was changed');
    expect(decided).toEqual([{ ...seen, decision: 'approve' }]);
  });

  it('lets it wait, and goes on watching', async () => {
    const { decided, stdout, code } = await ask(['later']);

    expect(decided).toEqual([]);
    expect(stdout).toContain('answer with: holdfast approve k1/main/t2/c1/a1');
    expect(code).toBe(0);
  });

  it('never offers a pattern for what is destructive or not understood', async () => {
    const offered: string[][] = [];
    const prompter = {
      ...scriptedPrompter([]),
      select: async ({ choices }: { choices: readonly { readonly value: string }[] }) => {
        offered.push(choices.map(({ value }) => value));
        return undefined;
      },
    };
    for (const more of [{ risk: 'destructive' }, { unresolved: ['eval'] }]) {
      const client = fakeClient({ items: [opened], approvals: [approvalDetail(more)] });
      await runWith(['run', 'x'], { client, isTerminal: true, prompter });
    }

    expect(offered).toEqual([
      ['approve', 'reject', 'change', 'later'],
      ['approve', 'reject', 'change', 'later'],
    ]);
  });
});
