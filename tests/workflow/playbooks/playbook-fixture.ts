import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createPlaybookRunner,
  type PlaybookOutcome,
  type PlaybookRun,
  type PlaybookRunner,
  type PlaybookStart,
} from '../../../activities/playbooks/run/playbook-runner.ts';
import { allocateUid } from '../../../activities/sandbox/allocate-uid.ts';
import { assignWorkspace } from '../../../activities/sandbox/assign-workspace.ts';
import { createSandbox } from '../../../activities/sandbox/sandbox.ts';
import { SecretSnapshot, type HeldSecret } from '../../../activities/secrets/secret-snapshot.ts';
import type { PlaybookEvent } from '../../../domain/playbooks/playbook-event-schema.ts';
import type { PlaybookRequest } from '../../../domain/playbooks/playbook-request-schema.ts';
import { pathWithAnsible } from '../../support/ansible.ts';
import { startTestbed, type Testbed } from '../../support/testbed.ts';

/** The vault of the sample homelab, a password that opens nothing, and a secret that is not for vaults. */
const labSecrets = new SecretSnapshot(
  Object.entries({ 'homelab-vault': 'homelab', 'other-vault': 'my distinct-password' })
    .map(([name, value]): HeldSecret => ({
      name,
      declaration: { hosts: [], vault: true },
      state: { type: 'set', value },
    }))
    .concat({
      name: 'model-key',
      declaration: { hosts: [] },
      state: { type: 'set', value: 'homelab' },
    }),
);

const homelab = fileURLToPath(new URL('../../../infra/examples/homelab', import.meta.url));

/** Four hosts (h4 is in no group), a repository with the sample homelab and more playbooks, and a runner. */
export interface PlaybookFixture {
  readonly testbed: Testbed;
  readonly folder: string;
  readonly repository: string;
  readonly uid: number;
  readonly path: string;
  readonly runner: PlaybookRunner;
  /** Starts a playbook as a run of its own, and collects its events. */
  readonly start: (request: Partial<PlaybookRequest>, more?: Partial<PlaybookStart>) => StartedRun;
  readonly close: () => Promise<void>;
}

/** A playbook that is going on. */
export interface StartedRun {
  readonly name: string;
  readonly events: PlaybookEvent[];
  readonly outcome: Promise<PlaybookOutcome>;
}

const extraPlaybooks: Readonly<Record<string, string>> = {
  'five-tasks.yml': `---
- name: Five tasks
  hosts: all
  gather_facts: false
  tasks:
    - name: One
      ansible.builtin.copy: { content: one, dest: /tmp/one, mode: "0644" }
    - name: Two
      ansible.builtin.debug: { msg: two }
    - name: Three
      ansible.builtin.debug: { msg: three }
    - name: Four
      ansible.builtin.copy: { content: four, dest: /tmp/four, mode: "0644" }
    - name: Five
      ansible.builtin.debug: { msg: five }
      when: inventory_hostname != 'h2'
`,
  'local.yml': `---
all:
  hosts:
    localhost:
      ansible_connection: local
      ansible_python_interpreter: "{{ ansible_playbook_python }}"
`,
  // The brackets keep the words that are looked for out of the command itself.
  'look-around.yml': `---
- name: Look around on the control node
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Look for the password
      ansible.builtin.shell: |
        cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -cE 'dis[t]inct-password|HOLDFAST_V[A]ULT'
        stat -c %a /tmp/holdfast-vaults/*
      register: seen
      changed_when: false
    - name: Say it
      ansible.builtin.debug:
        msg: "SEEN {{ seen.stdout_lines | join(' ') }}"
`,
  'slow.yml': `---
- name: Slow
  hosts: all
  gather_facts: false
  tasks:
    - name: Count the run
      ansible.builtin.shell: echo ran >> /tmp/runs
      changed_when: true
    - name: Wait
      ansible.builtin.command: sleep {{ seconds }}
      changed_when: false
    - name: After it
      ansible.builtin.copy: { content: done, dest: /tmp/slow-done, mode: "0644" }
`,
};

/** Starts the hosts and prepares the repository. */
export async function startPlaybooks(
  files: Readonly<Record<string, string>> = {},
): Promise<PlaybookFixture> {
  const path = (await pathWithAnsible()) ?? '/usr/bin:/bin';
  const testbed = await startTestbed(4);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-playbooks-'));
  chmodSync(folder, 0o755);
  const repository = join(folder, 'repository');
  const uid = allocateUid(folder);
  cpSync(homelab, repository, { recursive: true });
  for (const [name, text] of Object.entries({ ...extraPlaybooks, ...files })) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    writeFileSync(join(repository, name), text);
  }
  await assignWorkspace(repository, uid);
  mkdirSync(join(folder, 'runs'));
  const environment = { ...process.env, PATH: path };
  const sandbox = await createSandbox({ stateFolder: join(folder, 'state'), environment });
  const runner = createPlaybookRunner({ sandbox, isRoot: true, secrets: async () => labSecrets });
  let runs = 0;
  return {
    testbed,
    folder,
    repository,
    uid,
    path,
    runner,
    start: (request, more = {}) => {
      runs += 1;
      const name = `run-${runs}`;
      const events: PlaybookEvent[] = [];
      const outcome = runner.start({
        ...runOf({ folder, repository, uid }, name, events),
        request: {
          playbook: 'five-tasks.yml',
          limit: 'h1,h2,h3',
          inventories: [testbed.inventory, 'inventory/hosts.yml'],
          ...request,
        },
        requiredVars: [],
        vaults: {},
        wallMs: 60_000,
        ...more,
      });
      // Whoever awaits it sees the failure; until then it is no unhandled one.
      outcome.catch(() => undefined);
      return { name, events, outcome };
    },
    close: async () => {
      sandbox.close();
      await testbed.down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A run of the fixture that hands its events to a list. */
export function runOf(
  { folder, repository, uid }: Pick<PlaybookFixture, 'folder' | 'repository' | 'uid'>,
  name: string,
  events: PlaybookEvent[],
): PlaybookRun {
  return {
    repository,
    uid,
    folder: join(folder, 'runs', name),
    name,
    leavesRunning: () => false,
    handedOnBytes: 0,
    onEvent: (event) => void events.push(event),
  };
}
