import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createApplyPlaybookTool } from '../../../activities/tools/playbooks/apply/apply-playbook-tool.ts';
import { preparedApplySchema } from '../../../activities/tools/playbooks/apply/prepared-apply.ts';
import { createPreviewPlaybookTool } from '../../../activities/tools/playbooks/apply/preview-playbook-tool.ts';
import type { PlaybookTools } from '../../../activities/tools/playbooks/apply/playbook-tools.ts';
import type { Preparation, ToolResult } from '../../../activities/tools/tool.ts';
import type { ApplyPlaybookArguments } from '../../../domain/playbooks/playbook-call-schema.ts';
import { reasonToSkipHosts } from '../../support/ansible.ts';
import { memoryRecords, type MemoryRecords } from './memory-records.ts';
import { startPlaybooks, type PlaybookFixture } from './playbook-fixture.ts';

const onHosts = (await reasonToSkipHosts()) === '' ? describe : describe.skip;

const playbooks: Readonly<Record<string, string>> = {
  'mixed.yml': `---
- name: Mixed
  hosts: all
  gather_facts: false
  tasks:
    - name: Write
      ansible.builtin.copy: { content: "new {{ what | default('text') }}", dest: /tmp/mixed, mode: "0644" }
    - name: Run for real
      ansible.builtin.shell: echo ran >> /tmp/ran-in-check
      check_mode: false
      changed_when: true
    - name: Run for real by a variable
      ansible.builtin.shell: echo ran >> /tmp/ran-in-check
      check_mode: "{{ 1 == 2 }}"
      changed_when: true
      loop: [1, 2]
    - name: Write for real
      ansible.builtin.copy: { content: x, dest: /tmp/written-in-check, mode: "0644" }
      check_mode: false
    - name: Own plugin
      own_action:
    - name: In the background
      ansible.builtin.command: touch /tmp/ran-in-check
      async: 10
      poll: 1
      changed_when: true
    - name: Known to have run
      ansible.builtin.command: touch /tmp/created
      args: { creates: /tmp }
    - name: Left out
      ansible.builtin.command: touch /tmp/left-out
      changed_when: true
      when: not ansible_check_mode
    - name: Secret
      ansible.builtin.copy: { content: tok-hidden-1, dest: /tmp/secret, mode: "0600" }
      no_log: true
`,
  'action_plugins/own_action.py': `from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        self._low_level_execute_command("touch /tmp/ran-in-check")
        result["changed"] = True
        return result
`,
  'resume.yml': `---
# holdfast:rollback=resume-rollback.yml
- name: Resume
  hosts: all
  gather_facts: false
  tasks:
    - name: One
      ansible.builtin.shell: echo one >> /tmp/resumed
      changed_when: true
    - name: Two
      ansible.builtin.shell: echo two >> /tmp/resumed
      changed_when: true
    - name: Three
      ansible.builtin.shell: echo three >> /tmp/resumed
      changed_when: true
    - name: Four
      ansible.builtin.shell: test ! -e /tmp/obstacle && echo four >> /tmp/resumed
      changed_when: true
    - name: Five
      ansible.builtin.shell: echo five >> /tmp/resumed
      changed_when: true
`,
  'asking.yml': `---
# holdfast:requires=wanted_name
- name: Asking
  hosts: all
  gather_facts: false
  tasks:
    - name: Say it
      ansible.builtin.debug: { msg: "{{ wanted_name }}" }
`,
  'resume-rollback.yml': `---
- name: Roll back
  hosts: all
  gather_facts: false
  tasks:
    - name: Remove
      ansible.builtin.file: { path: /tmp/resumed, state: absent }
`,
};

onHosts('the tools that run playbooks', () => {
  let fixture: PlaybookFixture;
  let records: MemoryRecords;
  let tools: PlaybookTools;
  let calls = 0;
  // Slow, on hosts or files that the other tests leave alone meanwhile.
  let meanwhile: {
    readonly resumed: ReturnType<typeof resumeAndTakeBack>;
    readonly anew: ReturnType<typeof beginAnew>;
    readonly partial: ReturnType<typeof leaveOut>;
  };

  beforeAll(async () => {
    fixture = await startPlaybooks(playbooks);
    records = memoryRecords();
    tools = {
      runner: fixture.runner,
      records,
      folder: join(fixture.folder, 'applies'),
      inventories: [fixture.testbed.inventory],
      changedFiles: () => Promise.resolve([]),
    };
    meanwhile = { resumed: resumeAndTakeBack(), anew: beginAnew(), partial: leaveOut() };
    for (const each of Object.values(meanwhile)) each.catch(() => undefined);
  });

  afterAll(() => fixture.close());

  const contextOf = (callId: string, signal = new AbortController().signal) => ({
    workspace: { root: fixture.repository, uid: fixture.uid, gid: fixture.uid },
    networkAllowed: true,
    signal,
    call: { tenant: 'default', callId },
  });
  const newCall = () => `run/default/key/main/t1/c${(calls += 1)}`;
  const prepare = (args: ApplyPlaybookArguments, callId = newCall(), own = tools) =>
    createApplyPlaybookTool(own).prepare(args, contextOf(callId));
  const perform = (
    { preconditions }: Preparation,
    callId: string,
    signal?: AbortSignal,
  ): Promise<ToolResult> =>
    createApplyPlaybookTool(tools).perform(
      {},
      {
        ...contextOf(callId, signal),
        callId,
        preconditions,
        timeoutMs: 60_000,
        ledger: { launchNumber: 1, progress: { outputBytes: 0 } },
      },
    );
  const apply = async (args: ApplyPlaybookArguments) => {
    const callId = newCall();
    const prepared = await prepare(args, callId);
    return { callId, prepared, result: await perform(prepared, callId) };
  };
  const inside = (host: string, ...command: string[]) => fixture.testbed.inside(host, ...command);
  const resumeAndTakeBack = async () => {
    await inside('h2', 'touch', '/tmp/obstacle');
    const first = await apply({ playbook: 'resume.yml', limit: 'h1,h2' });
    await inside('h2', 'rm', '/tmp/obstacle');
    const second = await apply({ resume: first.callId });
    const lines = await Promise.all(
      ['h1', 'h2'].map((host) => inside(host, 'cat', '/tmp/resumed')),
    );
    return { first, second, lines, back: await apply({ rollsBack: first.callId }) };
  };
  const beginAnew = async () => {
    await inside('h3', 'sh', '-c', 'mkdir -p /etc/homelab && touch /etc/homelab/not-prepared');
    const first = await apply({ playbook: 'limits-configure.yml', limit: 'h3' });
    await inside('h3', 'rm', '/etc/homelab/not-prepared');
    return { first, second: await apply({ resume: first.callId }) };
  };
  const leaveOut = async () => {
    await fixture.testbed.cut('h4');
    return apply({ playbook: 'five-tasks.yml', limit: 'h2,h4' });
  };

  it('runs no task for real in a preview, whatever it says, and names those that nobody can predict', async () => {
    const { facts, detail } = await prepare({ playbook: 'mixed.yml', limit: 'h1' });

    expect(await inside('h1', 'ls', '/tmp')).not.toMatch(/ran-in-check|written|mixed|left-out/);
    expect(facts.unresolved).toEqual([
      expect.stringMatching(/^"Run for real" .* check_mode: false/),
      expect.stringMatching(/^"Run for real by a variable" .* check_mode: false/),
      expect.stringMatching(/^"Own plugin" .* plugin of the repository/),
      expect.stringMatching(/^"In the background" .* cannot tell/),
      expect.stringMatching(/^"Left out" .* leaves it out in check mode/),
    ]);
    expect(detail).toContain('+new text');
    expect(detail).toContain('Write for real');
    expect(detail).not.toContain('tok-hidden-1');
    expect(facts.hosts).toEqual(['h1']);
  });

  it('gives the same preconditions again, and others when a host was changed by hand', async () => {
    const args = { playbook: 'five-tasks.yml', limit: 'h3' };
    const callId = newCall();
    const first = await prepare(args, callId);
    const second = await prepare(args, callId);
    await inside('h3', 'sh', '-c', 'echo by hand > /tmp/one');
    const third = await createApplyPlaybookTool(tools).prepare(args, {
      ...contextOf(callId),
      call: { tenant: 'default', callId, before: first.preconditions },
    });

    expect(second.preconditions).toEqual(first.preconditions);
    expect(third.preconditions).not.toEqual(first.preconditions);
    expect(third.detail).toMatch(/^preview_drift: .*\n  h3: what "One" does is another\n/);
  });

  it('applies what was previewed, and has nothing to change the second time', async () => {
    const args = { playbook: 'five-tasks.yml', limit: 'h1' };
    const { result, callId, prepared } = await apply(args);
    const again = await apply(args);

    expect(result.text).toMatch(/^ok: five-tasks\.yml/);
    const { marks } = preparedApplySchema.parse(prepared.preconditions);
    const changes = await records.changes('default', callId);
    const changedTasks = changes.filter(({ status }) => status === 'changed');
    expect(changedTasks.map(({ task }) => task)).toEqual(marks.map(({ task }) => task));
    expect(again.prepared.facts).toMatchObject({ idle: true });
    expect(again.result.text).toMatch(/^nothing to change/);
    expect(await records.find('default', callId)).toMatchObject({ status: 'ok' });
  });

  it('goes on at the failed task on the failed host only, and takes back what the playbook says', async () => {
    const { first, second, lines, back } = await meanwhile.resumed;

    expect(first.result).toMatchObject({ status: 'error', code: 'execution_error' });
    expect(first.result.text).toContain(`{"resume": "${first.callId}"}`);
    expect(second.result.status).toBe('ok');
    expect(lines).toEqual(Array(2).fill('one\ntwo\nthree\nfour\nfive\n'));
    expect(second.prepared.detail).toContain('begins at  Four');
    expect(back.result.text).toMatch(/^ok: resume-rollback\.yml/);
    await expect(prepare({ rollsBack: first.callId })).rejects.toMatchObject({ code: 'conflict' });
    await expect(prepare({ resume: second.callId })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('begins anew where a variable of an earlier task is used, and says why', async () => {
    const { first, second } = await meanwhile.anew;

    expect(first.result.text).toMatch(/^failed/);
    expect(second.prepared.detail).toMatch(
      /begins anew on h3[\s\S]*limits_obstacle, which is used/,
    );
    expect(second.result.status).toBe('ok');
  });

  it('stops before the next batch when one fails', async () => {
    await meanwhile.resumed;
    await inside('h2', 'touch', '/tmp/obstacle');
    const { result } = await apply({ playbook: 'resume.yml', limit: 'h2,h3', batch: 1 });

    expect(result.text).toContain('h3 | not begun');
    expect(await inside('h3', 'ls', '/tmp')).not.toContain('resumed');
  });

  it('leaves a host out that does not answer, and is partial', async () => {
    const { result, prepared } = await meanwhile.partial;

    expect(prepared.detail).toContain('h4: does not answer');
    expect(result.text).toMatch(/^partial: /);
  });

  it('is cancelled with a recap, and nothing runs on the host any more', async () => {
    const callId = newCall();
    const variables = { seconds: 7_778 };
    const prepared = await prepare({ playbook: 'slow.yml', limit: 'h3', variables }, callId);
    const ending = new AbortController();
    const running = perform(prepared, callId, ending.signal);
    await records.until(callId, (changes) => changes.some(({ task }) => task === 'Wait'));
    ending.abort(new Error('the run was cancelled'));

    expect((await running).text).toMatch(/^cancelled: slow\.yml[\s\S]*h3 \| ended in the middle/);
    expect(await inside('h3', 'ps', 'ax')).not.toContain('sleep 7778');
    expect(await records.find('default', callId)).toMatchObject({ status: 'cancelled' });
  });

  it('asks a person to look at files that the run itself changed, before it runs anything', async () => {
    const own = { ...tools, changedFiles: () => Promise.resolve(['mixed.yml']) };
    const args = { playbook: 'five-tasks.yml', limit: 'h1' };
    const tool = createPreviewPlaybookTool(own);
    const callId = newCall();
    const preview = await tool.prepare(args, contextOf(callId));
    const refused = await prepare(args, newCall(), own).catch((error: unknown) => error);
    const context = { ...contextOf(callId), callId, timeoutMs: 60_000 };
    const shown = await tool.perform(args, { ...context, preconditions: preview.preconditions });
    const allowed = await prepare(args, newCall(), own);

    expect(preview.facts).toMatchObject({ access: 'change', unresolved: [/mixed\.yml/] });
    expect(refused).toMatchObject({ code: 'conflict' });
    expect(shown.text).toContain('h1');
    expect(allowed.facts.access).toBe('destructive');
  });

  it.each([
    ['a playbook that is not there', { playbook: 'nowhere.yml' }, 'not_found'],
    ['one outside of the workspace', { playbook: '../../../etc/passwd' }, 'access_denied'],
    ['an absolute inventory', { playbook: 'slow.yml', inventory: ['/etc/hosts'] }, 'access_denied'],
    ['hosts that do not exist', { playbook: 'slow.yml', limit: 'h9' }, 'execution_error'],
    ['a missing variable', { playbook: 'asking.yml', limit: 'h1' }, 'invalid_argument'],
    ['an unknown apply', { resume: 'run/default/other/main/t1/c0' }, 'not_found'],
  ])('refuses %s', async (_, args, code) => {
    await expect(prepare(args)).rejects.toMatchObject({ code });
  });

  it('does not go on when files of the repository changed', async () => {
    const { first } = await meanwhile.resumed;
    await meanwhile.anew;
    writeFileSync(join(fixture.repository, 'new.txt'), 'new');

    await expect(prepare({ resume: first.callId })).rejects.toMatchObject({
      code: 'definition_changed',
    });
  });
});
