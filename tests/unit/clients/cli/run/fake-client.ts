import { budgetSchema, toBudget } from '../../../../../domain/budget/budget-schema.ts';
import { HoldfastError } from '../../../../../domain/failures.ts';
import type { HoldfastClient } from '../../../../../clients/holdfast-client.ts';
import type { ApprovalDetail } from '../../../../../clients/inbox-client.ts';
import type { RunDetail, WatchedItem } from '../../../../../clients/runs-client.ts';

/** A client whose every call is written down; what a test needs is given, the rest answers with little. */
export interface FakeClient extends HoldfastClient {
  readonly calls: readonly (readonly [string, ...unknown[]])[];
}

export interface FakeWorld {
  readonly run?: RunDetail;
  readonly items?: readonly WatchedItem[];
  readonly approvals?: readonly ApprovalDetail[];
  readonly overrides?: Partial<HoldfastClient>;
}

export function fakeClient({
  run,
  items = [],
  approvals = [],
  overrides = {},
}: FakeWorld = {}): FakeClient {
  const calls: (readonly [string, ...unknown[]])[] = [];
  const known = run ?? runDetail();
  const note = (name: string, ...args: readonly unknown[]): void =>
    void calls.push([name, ...args]);
  return {
    calls,
    startRun: async (start) => {
      note('startRun', start);
      return { runId: known.runId, key: known.key, existing: false };
    },
    listRuns: async (filter) => {
      note('listRuns', filter);
      return [known];
    },
    getRun: async () => known,
    watchRun: async function* watch(_, { signal }) {
      for (const item of items) {
        if (signal.aborted) return;
        yield item;
      }
    },
    waitForRun: async () => known.result ?? missing('result'),
    cancelRun: async (...args) => note('cancelRun', ...args),
    pauseRun: async (...args) => note('pauseRun', ...args),
    resumeRun: async (...args) => note('resumeRun', ...args),
    messageRun: async (...args) => {
      note('messageRun', ...args);
      return { position: 1 };
    },
    diffRun: async () => ({ patch: new Uint8Array(), files: [] }),
    transcript: async () => [],
    listTrust: async () => [],
    setTrust: async () => missing('trust'),
    audit: {
      verify: async () => missing('audit'),
      query: async () => missing('audit'),
      failures: async () => missing('audit'),
      events: async () => missing('audit'),
      calls: async () => missing('audit'),
      exportCalls: () => missing('audit'),
      export: () => missing('audit'),
    },
    playbooks: fakePlaybooks(),
    data: { prune: async () => missing('data'), erase: async () => missing('data') },
    hosts: { list: async () => [], show: async () => missing('host') },
    deadLetters: {
      list: async () => missing('letters'),
      show: async () => missing('letter'),
      replay: async () => missing('letter'),
      purge: async () => missing('letters'),
    },
    timeTravel: {
      planFork: async () => missing('turn'),
      forkRun: async () => missing('run'),
      recordOf: async () => missing('run'),
      workspaceOf: async () => missing('run'),
      judgeAgain: async () => missing('run'),
    },
    inbox: async () => approvals,
    getApproval: async (id) =>
      approvals.find(({ approvalId }) => approvalId === id) ?? missing('approval'),
    decide: async (decision) => {
      note('decide', decision);
      const state = decision.decision === 'approve' ? 'approved' : 'rejected';
      return { approvalId: decision.approval, state, decidedBy: 'ada', at: '2026-01-01T00:00:00Z' };
    },
    revokeGrant: async (...args) => {
      note('revokeGrant', ...args);
      return [];
    },
    undelivered: async () => [],
    redeliver: async () => 0,
    listPeople: async () => [],
    putPerson: async ({ name, roles = [] }) => ({ name, roles, keys: [] }),
    removePerson: async () => undefined,
    whoAmI: async () => undefined,
    listEffects: async (filter) => {
      note('listEffects', filter);
      return [];
    },
    getCall: async () => missing('call'),
    getEffect: async () => missing('effect'),
    previewUndo: async (effect) => {
      note('previewUndo', effect);
      const digest = 'd'.repeat(43);
      return { callId: effect, tool: 'git_push', digest, preview: 'delete topic', detail: 'there' };
    },
    undoEffect: async (undo) => {
      note('undoEffect', undo.digest);
      return 'deleted topic';
    },
    settleEffect: async (input) => {
      note('settleEffect', input);
      return { state: input.settlement };
    },
    listBudgets: async () => [],
    getBudget: async () => missing('budget'),
    setBudget: async (budget) => {
      note('setBudget', budget);
      return toBudget(budgetSchema.parse(budget));
    },
    removeBudget: async (...args) => note('removeBudget', ...args),
    costs: async (query) => {
      note('costs', query);
      return { by: query.by, rows: [], total: noCosts };
    },
    listDefinitions: async () => [],
    modelEndpoints: async () => [],
    putModel: async (...args) => note('putModel', ...args),
    removeModel: async (...args) => note('removeModel', ...args),
    locks: {
      list: async () => [],
      show: async (name) => ({ name, lockId: '', fence: 0, holders: [], queue: [] }),
      break: async () => ({ fence: 0 }),
    },
    temporalUrl: (id) => `http://ui/${id}`,
    close: async () => note('close'),
    ...overrides,
  };
}

const noCosts = {
  calls: 0,
  tokensIn: 0,
  tokensOut: 0,
  costMicroUsd: 0,
  unknownCalls: 0,
  estimatedCalls: 0,
};

export function runDetail(overrides: Partial<RunDetail> = {}): RunDetail {
  return {
    runId: 'run/default/k1',
    key: 'k1',
    title: 'mend the sum',
    status: 'completed',
    pause: null,
    message: null,
    stopReason: 'finished',
    project: 'calc',
    specialist: 'engineering',
    policy: 'headless-safe-sandbox',
    model: 'gpt',
    rehearsal: false,
    turn: 2,
    tokensIn: 1_200,
    tokensOut: 34,
    costMicroUsd: 4_100,
    createdAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:05.000Z',
    requestedBy: 'ada',
    request: {
      policy: 'headless-safe-sandbox',
      networkAllowed: false,
      executionMode: 'sandbox',
      deliver: 'none',
      autonomy: 'semi_auto',
      limits: {},
      labels: {},
    },
    limits: { maxTurns: 50, timeoutSeconds: 600, maxCostMicroUsd: 5_000_000 },
    result: null,
    approvals: [],
    grants: [],
    waitsForLocks: [],
    effects: [],
    ...overrides,
  };
}

export function approvalDetail(overrides: Partial<ApprovalDetail> = {}): ApprovalDetail {
  return {
    approvalId: 'run/default/k1/main/t2/c1/a1',
    runId: 'run/default/k1',
    runKey: 'k1',
    runTitle: 'mend the sum',
    kind: 'tool_call',
    subject: '$ npm install',
    risk: 'change',
    rule: 'mode/default',
    callId: 'run/default/k1/main/t2/c1',
    requestedBy: 'ada',
    requestedAt: '2026-01-01T00:00:00.000Z',
    required: null,
    differences: [],
    decisions: [],
    expiresAt: '2026-01-02T00:00:00.000Z',
    state: 'open',
    digest: 'digest-1',
    tool: 'shell',
    arguments: { command: 'npm install' },
    detail: 'npm install\n\nruns:\n  npm install',
    commands: ['npm install'],
    paths: [],
    hosts: [],
    unresolved: [],
    policy: 'hash-of-the-policy',
    why: ['run: npm install: ask by mode/default'],
    question: null,
    choices: [],
    ...overrides,
  };
}

/** An event of run k1. */
export function event(
  type: string,
  data: Extract<WatchedItem, { type: 'event' }>['data'] = {},
  at = '2026-01-01T00:00:00.000Z',
): Extract<WatchedItem, { type: 'event' }> {
  return {
    type: 'event',
    schemaVersion: 1,
    id: 'run/default/k1#1',
    seq: 1,
    event: type,
    at,
    runId: 'run/default/k1',
    data,
  };
}

function missing(what: string): never {
  throw new HoldfastError('not_found', `there is no ${what}`);
}

/** Remembers what it is told. */
function fakePlaybooks(): HoldfastClient['playbooks'] {
  const accepted = new Map<string, string>();
  const embeddings = new Map<string, readonly number[]>();
  return {
    acceptedPlaybook: async (repository, request) => accepted.get(`${repository} ${request}`),
    acceptPlaybook: async ({ repository, request, playbook }) =>
      void accepted.set(`${repository} ${request}`, playbook),
    readEmbeddings: async () => embeddings,
    keepEmbeddings: async (_, more) => {
      for (const [content, vector] of more) embeddings.set(content, vector);
    },
  };
}
