import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pathWithAnsible, reasonToSkipHosts } from '../../support/ansible.ts';
import { killAndReap } from '../../support/kill/kill-worker.ts';
import { pollFor } from '../../support/poll.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  textsOf,
} from '../../support/runs/running-runs.ts';
import { startTestbed, type Testbed } from '../../support/testbed.ts';

const onHosts = (await reasonToSkipHosts()) === '' ? describe : describe.skip;
const homelab = fileURLToPath(new URL('../../../infra/examples/homelab', import.meta.url));

const apply = (args: Record<string, unknown>) => calling(call('apply_playbook', args));
const tiny = { playbook: 'tiny.yml', limit: 'h1' };
const again = { playbook: 'again.yml', limit: 'h2' };

const writing = (file: string) => `---
- name: Tiny
  hosts: all
  become: true
  gather_facts: false
  tasks:
    - name: Write a line
      ansible.builtin.copy: { content: "a line\\n", dest: /tmp/${file}, mode: "0644" }
`;

const failing = `---
# holdfast:rollback=unmake.yml
- name: Make
  hosts: all
  gather_facts: false
  tasks:
    - name: Write a line
      ansible.builtin.copy: { content: "made\\n", dest: /tmp/made, mode: "0644" }
    - name: Break
      ansible.builtin.command: "false"
`;

const unmaking = `---
- name: Unmake
  hosts: all
  gather_facts: false
  tasks:
    - name: Remove the line
      ansible.builtin.file: { path: /tmp/made, state: absent }
`;

const counting = `---
- name: Count
  hosts: all
  gather_facts: false
  tasks:
    - name: First
      ansible.builtin.shell: echo first >> /tmp/counted
      changed_when: true
    - name: Wait
      ansible.builtin.shell: echo wait >> /tmp/counted; sleep 4
      changed_when: true
    - name: Last
      ansible.builtin.shell: echo last >> /tmp/counted
      changed_when: true
`;

onHosts('a run that applies playbooks', () => {
  let harness: RunHarness;
  let worker: TestWorker;
  let testbed: Testbed;
  let repository: string;
  // Two runs that begin at once, each on a host of its own.
  let meanwhile: { readonly twice: Promise<string>; readonly drift: Promise<string> };

  beforeAll(async () => {
    process.env['PATH'] = `${(await pathWithAnsible()) ?? ''}:${process.env['PATH'] ?? ''}`;
    testbed = await startTestbed(2);
    repository = mkdtempSync(join(tmpdir(), 'holdfast-homelab-'));
    cpSync(homelab, repository, { recursive: true });
    writeFileSync(join(repository, 'count.yml'), counting);
    writeFileSync(join(repository, 'tiny.yml'), writing('tiny'));
    writeFileSync(join(repository, 'again.yml'), writing('again'));
    writeFileSync(join(repository, 'make.yml'), failing);
    writeFileSync(join(repository, 'unmake.yml'), unmaking);
    harness = await startRunHarness({
      scripts: [
        script('twice', calling(call('preview_playbook', tiny)), apply(tiny), apply(tiny), goodbye),
        script('drift', apply(again), goodbye),
        script('killed', apply({ playbook: 'count.yml', limit: 'h2' }), goodbye),
        script(
          'written',
          calling(call('write_file', { path: 'own.yml', content: counting })),
          apply({ playbook: 'own.yml', limit: 'h2' }),
          calling(call('preview_playbook', { playbook: 'own.yml', limit: 'h2' })),
          goodbye,
        ),
      ],
      settings: { ansible: { inventories: [testbed.inventory] } },
      workers: 0,
    });
    worker = await harness.startWorker();
    meanwhile = { twice: begin('twice'), drift: begin('drift') };
  });

  afterAll(async () => {
    await harness.stop();
    await testbed.down();
    rmSync(repository, { recursive: true, force: true });
  });

  const begin = (name: string) =>
    start(harness, name, {
      workspace: repository,
      specialist: 'infrastructure',
      networkAllowed: true,
    });
  const asked = async (runId: string, except = '') => {
    const { approvalId } = await openApproval(harness, runId, except);
    return harness.client.getApproval(approvalId);
  };
  const approve = (approval: string) => harness.client.decide({ approval, decision: 'approve' });
  const ended = (runId: string) =>
    pollFor(
      'the end of the run',
      async () => (await harness.client.getRun(runId)).status === 'completed' || undefined,
      60_000,
    );

  it('previews without asking, asks with the difference, applies it, and has nothing to ask the second time', async () => {
    const runId = await meanwhile.twice;
    const { approvalId, detail } = await asked(runId);
    const before = await testbed.inside('h1', 'ls', '/tmp');
    await approve(approvalId);
    await ended(runId);

    const [preview, first, second] = await textsOf(harness, runId, 'tool');
    expect(preview).toMatch(/changes? on 1 host/);
    expect(detail).toContain('+a line');
    expect(before).not.toContain('tiny');
    expect(first).toMatch(/^ok: tiny\.yml/);
    expect(second).toMatch(/^nothing to change/);
    expect(await testbed.inside('h1', 'cat', '/tmp/tiny')).toBe('a line\n');
    const effects = await harness.client.listEffects({ run: runId });
    expect(effects.map(({ state }) => state)).toEqual(['committed', 'committed']);
    const shown = await harness.client.getEffect(effects.at(-1)?.callId ?? '');
    expect(shown.changes).toMatchObject([
      { host: 'h1', task: 'Write a line', status: 'changed', diffHash: expect.any(String) },
    ]);
    const events = await eventsOf(harness, runId);
    expect(events.filter(({ type }) => type === 'approval.opened')).toHaveLength(1);
  });

  it('asks anew when a host was changed by hand after the approval, and has applied nothing', async () => {
    const runId = await meanwhile.drift;
    const first = await asked(runId);
    await testbed.inside('h2', 'sh', '-c', 'echo by hand > /tmp/again');
    await approve(first.approvalId);
    const second = await asked(runId, first.approvalId);

    expect(await testbed.inside('h2', 'cat', '/tmp/again')).toBe('by hand\n');
    expect(second.detail).toMatch(/^preview_drift: [\s\S]*h2: what "Write a line"/);
    expect(await harness.client.listEffects({ run: runId })).toEqual([]);
    const events = await eventsOf(harness, runId);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'security.event',
        data: expect.objectContaining({ kind: 'digest_mismatch', reason: 'preview_drift' }),
      }),
    );

    await approve(second.approvalId);
    await ended(runId);
    expect(await testbed.inside('h2', 'cat', '/tmp/again')).toBe('a line\n');
  });

  it('goes on after its worker was killed in the middle, and no task runs twice', async () => {
    const runId = await begin('killed');
    const { approvalId, why } = await asked(runId);
    expect(why.join('\n')).toContain('"Wait"');
    await approve(approvalId);
    await pollFor('the second task', async () =>
      (await testbed.inside('h2', 'cat', '/tmp/counted').catch(() => '')).includes('wait')
        ? true
        : undefined,
    );
    await killAndReap(worker);
    worker = await harness.startWorker();
    await ended(runId);

    expect(await testbed.inside('h2', 'cat', '/tmp/counted')).toBe('first\nwait\nlast\n');
    expect(await textsOf(harness, runId, 'tool')).toEqual([
      expect.stringMatching(/^ok: count\.yml/),
    ]);
    const [effect] = await harness.client.listEffects({ run: runId });
    const { changes } = await harness.client.getEffect(effect?.callId ?? '');
    expect(changes.map(({ task, status }) => [task, status])).toEqual(
      ['First', 'Wait', 'Last'].map((task) => [task, 'changed']),
    );
  });

  it('runs no playbook that it wrote itself, not even to look, before a person has seen it', async () => {
    const runId = await begin('written');
    const { why } = await asked(runId);

    expect(why.join('\n')).toContain('own.yml');
    const [, refused] = await textsOf(harness, runId, 'tool');
    expect(refused).toContain('call preview_playbook with it first');
    expect((await stateOf(harness, runId)).approvals).toHaveLength(1);
    await harness.client.cancelRun(runId, 'it was seen');
  });

  it('carries out an order without a model, and offers the declared way back when it fails', async () => {
    const { runId } = await harness.client.startRun({
      project: 'homelab',
      request: {
        prompt: 'apply make.yml',
        workspace: repository,
        networkAllowed: true,
        playbook: {
          tool: 'apply_playbook',
          arguments: { playbook: 'make.yml', limit: 'h1' },
          rollback: true,
        },
      },
    });
    const first = await asked(runId);
    await approve(first.approvalId);
    // It is applied, the linter looks at it, and the way back is previewed.
    await pollFor(
      'the question about the way back',
      async () =>
        (await stateOf(harness, runId)).approvals.some(
          ({ approvalId }) => approvalId !== first.approvalId,
        ) || undefined,
      60_000,
    );
    const second = await asked(runId, first.approvalId);
    const between = await testbed.inside('h1', 'cat', '/tmp/made');
    await approve(second.approvalId);
    const result = await harness.client.waitForRun(runId);

    expect(between).toBe('made\n');
    expect(second.detail).toContain('takes');
    expect(result).toMatchObject({ status: 'failed', stopReason: 'error' });
    expect(JSON.stringify(result)).toMatch(/the apply failed: .*; it was taken back/);
    expect(await testbed.inside('h1', 'ls', '/tmp')).not.toContain('made');
    const [, suggestions] = await textsOf(harness, runId, 'tool');
    expect(suggestions).toContain('no-changed-when');
    const events = (await eventsOf(harness, runId)).map(({ type }) => type);
    expect(events).not.toContain('model.call');
    expect(events.filter((type) => type === 'order.turn')).toHaveLength(4);
    expect(await harness.client.getRun(runId)).toMatchObject({ tokensIn: 0, costMicroUsd: 0 });
  }, 120_000);
});
