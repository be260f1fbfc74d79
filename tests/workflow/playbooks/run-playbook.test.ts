import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  createPlaybookRunner,
  type PlaybookOutcome,
} from '../../../activities/playbooks/run/playbook-runner.ts';
import { createSandbox } from '../../../activities/sandbox/sandbox.ts';
import type { PlaybookEvent } from '../../../domain/playbooks/playbook-event-schema.ts';
import type { PlaybookRequest } from '../../../domain/playbooks/playbook-request-schema.ts';
import { reasonToSkipHosts } from '../../support/ansible.ts';
import { pollFor } from '../../support/poll.ts';
import {
  runOf,
  startPlaybooks,
  type PlaybookFixture,
  type StartedRun,
} from './playbook-fixture.ts';

const onHosts = (await reasonToSkipHosts()) === '' ? describe : describe.skip;

const results = (events: readonly PlaybookEvent[]): readonly string[] =>
  events.flatMap(({ type }) =>
    /^host\.(ok|changed|failed|skipped|unreachable)$/.test(type) ? type : [],
  );

onHosts('a playbook', () => {
  let fixture: PlaybookFixture;
  // Slow, on hosts that the other tests leave alone meanwhile, or in files that they do.
  let meanwhile: {
    readonly portal: ReturnType<typeof deployPortal>;
    readonly updates: Promise<readonly StartedRun[]>;
    readonly cutOff: Promise<PlaybookOutcome>;
  };

  beforeAll(async () => {
    fixture = await startPlaybooks();
    meanwhile = {
      portal: deployPortal(fixture),
      updates: updateTwice(fixture),
      cutOff: cutInTheMiddle(fixture),
    };
    for (const each of Object.values(meanwhile)) each.catch(() => undefined);
  });

  afterAll(() => fixture.close());

  it('tells of every task on every host while it runs, and the final counts equal that', async () => {
    const { events, outcome } = fixture.start({});
    await pollFor('first results', () => results(events).length >= 3 || undefined);
    const early = events.length;

    const { hosts, ...end } = await outcome;

    expect(end).toMatchObject({ status: 'succeeded', exitCode: 0, tasksTotal: 5, failedTasks: [] });
    expect(early).toBeLessThan(events.length);
    expect(results(events)).toHaveLength(15);
    const counted = { ok: 5, changed: 2, failed: 0, unreachable: 0, skipped: 0 };
    expect(hosts).toMatchObject({
      h1: counted,
      h2: { ...counted, ok: 4, skipped: 1 },
      h3: counted,
    });
    const changed = results(events).filter((type) => type === 'host.changed');
    expect(changed).toHaveLength(6);
    expect(end.output).toContain('PLAY RECAP');
  });

  it('names the task and host that failed, and the other hosts end', async () => {
    await fixture.testbed.inside(
      'h3',
      'sh',
      '-c',
      'mkdir -p /etc/homelab && touch /etc/homelab/not-prepared',
    );

    const { status, reason, failedTasks } = await fixture.start({
      playbook: 'limits-configure.yml',
    }).outcome;

    expect([status, reason]).toEqual(['failed', 'failed on h3']);
    expect(failedTasks).toMatchObject([
      { host: 'h3', kind: 'failed', task: 'Require a host that is prepared' },
    ]);
    expect(failedTasks[0]?.path).toMatch(/^\/workspace\/limits-configure\.yml:\d+$/);
    expect(failedTasks[0]?.message).toContain('not prepared');
    expect(await fixture.testbed.inside('h1', 'cat', '/etc/homelab/limits-done.conf')).toBe(
      'done\n',
    );
  });

  it('opens the vault, and neither events nor output hold what no_log hides', async () => {
    const wanted = { playbook: 'backup-configure.yml', limit: 'h2' };
    const { events, outcome } = fixture.start(wanted, { vaults: { default: 'homelab-vault' } });

    const { status, output } = await outcome;

    const written = await fixture.testbed.inside('h2', 'cat', '/etc/backup.conf');
    const token = /token=(tok-\w+)/.exec(written)?.[1] ?? 'none';
    expect([status, token]).toEqual(['succeeded', 'tok-6f1d0c27b9']);
    expect(`${JSON.stringify(events)}${output}`).not.toContain(token);
  });

  it('fails with a wrong vault password before it changes a host', async () => {
    const wanted = { playbook: 'backup-configure.yml', limit: 'h3' };
    const wrong = { vaults: { default: 'other-vault' } };
    const { status, vaultFailure, reason } = await fixture.start(wanted, wrong).outcome;

    expect([status, vaultFailure]).toEqual(['failed', 'vault_password_wrong']);
    expect(reason).toContain('default (secret://other-vault)');
    expect(await fixture.testbed.inside('h3', 'ls', '/etc')).not.toContain('backup.conf');
  });

  it('says that a vault password is missing, and gives none that is not for vaults', async () => {
    const wanted = { playbook: 'backup-configure.yml', limit: 'h3' };
    const none = await fixture.start(wanted).outcome;
    const vaults = (name: string) => fixture.start(wanted, { vaults: { default: name } }).outcome;

    expect([none.status, none.vaultFailure]).toEqual(['failed', 'vault_password_missing']);
    await expect(vaults('model-key')).rejects.toMatchObject({ code: 'access_denied' });
    await expect(vaults('nowhere')).rejects.toMatchObject({ code: 'dependency_missing' });
  });

  it('shows the vault password to no task, by variable, argument or file that stays', async () => {
    const vaults = { default: 'homelab-vault', more: 'other-vault' };
    const wanted = { playbook: 'look-around.yml', limit: 'localhost', inventories: ['local.yml'] };
    const { name, outcome } = fixture.start(wanted, { vaults });

    const { status, output } = await outcome;

    // No process shows it, and the two files are for their owner only.
    expect([status, /SEEN ([\d ]*)/.exec(output)?.[1]]).toEqual(['succeeded', '0 600 600']);
    const left = spawnSync('grep', [
      '-rl',
      'distinct-password',
      join(fixture.folder, 'runs', name),
    ]);
    expect([left.status, left.stdout.toString()]).toEqual([1, '']);
  });

  it.each([
    ['that does not exist', { playbook: 'nowhere.yml' }, 'not_found'],
    ['outside of the repository', { playbook: '../../../etc/passwd' }, 'access_denied'],
    ['behind a link out of the repository', { playbook: 'link.yml' }, 'access_denied'],
    ['with a limit that is an option', { limit: '--module-path=/tmp' }, 'invalid_argument'],
    ['with an inventory out of it', { inventories: ['../../../etc/hosts'] }, 'access_denied'],
  ])('%s is refused before anything starts', async (_, request: Partial<PlaybookRequest>, code) => {
    if (request.playbook === 'link.yml')
      symlinkSync('/etc/hosts', join(fixture.repository, 'link.yml'));

    await expect(fixture.start(request).outcome).rejects.toMatchObject({ code });
  });

  it('is refused when a variable that it needs is missing', async () => {
    const { outcome } = fixture.start({}, { requiredVars: ['portal_links'] });

    await expect(outcome).rejects.toMatchObject({
      code: 'invalid_argument',
      fieldErrors: [{ field: 'extraVars.portal_links', constraint: 'required' }],
    });
  });

  it('is no success when no host matches, and none that is known when its YAML is broken', async () => {
    writeFileSync(join(fixture.repository, 'broken.yml'), '- hosts: all\n  tasks: [\n');
    const nobody = await fixture.start({ limit: 'h1', playbook: 'notes-update.yml' }).outcome;
    const broken = await fixture.start({ playbook: 'broken.yml' }).outcome;

    expect([nobody.status, nobody.reason]).toEqual(['failed', 'no host matched']);
    expect(broken.status).toBe('unknown');
    expect(broken.exitCode).not.toBe(0);
  });

  it('is unknown, never a success, when it ends with 0 and our plugin said nothing', async () => {
    const programs = join(fixture.folder, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'ansible-playbook'), '#!/bin/sh\necho all is well\n');
    chmodSync(join(programs, 'ansible-playbook'), 0o755);
    const environment = { ...process.env, PATH: `${programs}:/usr/bin:/bin` };
    const sandbox = await createSandbox({
      stateFolder: join(fixture.folder, 'other'),
      environment,
    });
    const run = runOf(fixture, 'silent', []);
    const request = { playbook: 'five-tasks.yml', inventories: ['inventory/hosts.yml'] };

    const outcome = await createPlaybookRunner({ sandbox, isRoot: true, secrets: noSecrets }).start(
      {
        ...run,
        request,
        requiredVars: [],
        vaults: {},
        wallMs: 9_000,
      },
    );
    sandbox.close();

    expect(outcome).toMatchObject({ status: 'unknown', exitCode: 0, output: 'all is well\n' });
  });

  it('ends on the hosts as well when it is cancelled', async () => {
    const ending = new AbortController();
    const { events, outcome } = fixture.start(
      { playbook: 'slow.yml', limit: 'h2', extraVars: { seconds: 7_777 } },
      { signal: ending.signal },
    );
    const processes = () => fixture.testbed.inside('h2', 'ps', 'ax');
    await pollFor('waiting', async () => (await processes()).includes('sleep 7777') || undefined);

    ending.abort(new Error('cancelled'));

    await expect(outcome).rejects.toThrow('cancelled');
    await pollFor('gone', async () => !(await processes()).includes('sleep 7777') || undefined);
    expect(events.some(({ type }) => type === 'stats')).toBe(false);
  });

  it('goes on when its worker is killed: the next one hands on the rest, and nothing runs twice', async () => {
    const program = join(import.meta.dirname, 'dying-runner/main.ts');
    const run = runOf(fixture, 'killed', []);
    const order = JSON.stringify({
      ...run,
      request: {
        playbook: 'slow.yml',
        inventories: [fixture.testbed.inventory],
        limit: 'h1',
        extraVars: { seconds: 3 },
      },
      requiredVars: [],
      vaults: {},
      wallMs: 60_000,
      stateFolder: join(fixture.folder, 'state'),
      path: fixture.path,
    });
    const worker = spawn(process.execPath, ['--import', 'tsx', program, order], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen: { type: string; endByte: number }[] = [];
    createInterface({ input: worker.stdout }).on('line', (line) => seen.push(JSON.parse(line)));
    await pollFor(
      'the second task',
      () => seen.filter(({ type }) => type === 'task.start').length === 2 || undefined,
    );
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const events: PlaybookEvent[] = [];
    const began = performance.now();
    let firstMs = Infinity;

    const outcome = await fixture.runner.attach({
      ...runOf(fixture, 'killed', events),
      handedOnBytes: seen.at(-1)?.endByte ?? 0,
      onEvent: (event) => {
        firstMs = Math.min(firstMs, performance.now() - began);
        events.push(event);
      },
    });

    expect(outcome).toMatchObject({
      status: 'succeeded',
      tasksTotal: 3,
      hosts: { h1: { ok: 3, changed: 2 } },
    });
    const types = [...seen, ...events].map(({ type }) => type);
    expect(types.filter((type) => type === 'task.start')).toHaveLength(3);
    expect(types.filter((type) => type === 'stats')).toHaveLength(1);
    const ran = await fixture.testbed.inside('h1', 'cat', '/tmp/runs');
    expect(ran).toBe('ran\n');
    const whole = readFileSync(join(run.folder, 'events.ndjson'), 'utf8');
    expect(whole.trim().split('\n')).toHaveLength(types.length);
  });

  it('shows in check mode what it would change, and changes nothing', async () => {
    const { check, before } = await meanwhile.portal;

    const { status, hosts } = await check.outcome;

    expect([status, hosts['h1']?.changed]).toEqual(['succeeded', 5]);
    const diffs = check.events.flatMap((event) => (event.type === 'host.diff' ? event.diffs : []));
    expect(diffs.map(({ after }) => after).join('\n')).toContain('"name": "Photo album"');
    expect(check.events.some(({ type }) => type === 'host.item')).toBe(true);
    expect(before).toBe('');
  });

  it('deploys a service that answers, changes nothing the second time, and is taken back', async () => {
    const { first, health, second, back } = await meanwhile.portal;

    expect([first.status, second.status, back.status]).toEqual(Array(3).fill('succeeded'));
    expect(health.trim()).toBe('ok');
    expect(second.hosts['h1']?.changed).toBe(0);
    await expect(askHealth(fixture)).rejects.toThrow('Connection refused');
  });

  it('updates a package and tells its service by a handler, only when the version changed', async () => {
    const [first, same] = await meanwhile.updates;

    expect([handlers(first?.events), handlers(same?.events)]).toEqual([1, 0]);
    const installed = await fixture.testbed.inside('h2', 'dpkg-query', '-W', 'homelab-notes');
    expect(installed).toContain('1.1.0');
  });

  it('is partial when a host is cut off in the middle: that one is unreachable, the others end', async () => {
    const { status, reason, hosts } = await meanwhile.cutOff;

    expect([status, reason]).toEqual(['partial', 'unreachable: h4']);
    expect(hosts).toMatchObject({ h2: { ok: 3, unreachable: 0 }, h4: { ok: 1, unreachable: 1 } });
    expect(await fixture.testbed.inside('h2', 'cat', '/tmp/slow-done')).toBe('done');
  });
});

function noSecrets(): Promise<never> {
  return Promise.reject(new Error('not asked without a vault'));
}

/** Shows on h1 what the portal would change, deploys it, once more, and takes it back. */
async function deployPortal(fixture: PlaybookFixture) {
  const check = fixture.start({ playbook: 'portal-deploy.yml', check: true });
  await check.outcome;
  const before = await fixture.testbed.inside('h1', 'ls', '/srv');
  const first = await fixture.start({ playbook: 'portal-deploy.yml' }).outcome;
  const health = await askHealth(fixture);
  const second = await fixture.start({ playbook: 'portal-deploy.yml' }).outcome;
  const back = await fixture.start({ playbook: 'portal-rollback.yml' }).outcome;
  return { check, before, first, health, second, back };
}

function handlers(events: readonly PlaybookEvent[] = []): number {
  return events.filter((event) => event.type === 'task.start' && event.isHandler === true).length;
}

/** Updates a package on h2 twice to the same version. */
async function updateTwice({ start }: PlaybookFixture): Promise<readonly StartedRun[]> {
  const runs: StartedRun[] = [];
  for (const version of ['1.1.0', '1.1.0']) {
    const extraVars = { notes_version: version };
    const run = start({ playbook: 'notes-update.yml', limit: 'h2', extraVars });
    runs.push(run);
    await run.outcome;
  }
  return runs;
}

/** Takes h4 off the network while a task waits on it and on h2. */
async function cutInTheMiddle({ start, testbed }: PlaybookFixture): Promise<PlaybookOutcome> {
  const wanted = { playbook: 'slow.yml', limit: 'h2,h4', extraVars: { seconds: 2 } };
  const { events, outcome } = start(wanted);
  const onCutHost = () =>
    events.filter((event) => event.type === 'host.start' && event.host === 'h4');
  await pollFor('the second task on h4', () => onCutHost().length === 2 || undefined);
  await testbed.cut('h4');
  return outcome;
}

function askHealth({ testbed }: PlaybookFixture): Promise<string> {
  const script =
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/health').read().decode())";
  return testbed.inside('h1', 'python3', '-c', script);
}
