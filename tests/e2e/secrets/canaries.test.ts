import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../storage/home/home-paths.ts';
import { readSecretReport } from '../../../storage/secrets/secret-report.ts';
import { putStoredSecret, rotateSecretKey } from '../../../storage/secrets/secret-store.ts';
import {
  createRehearsalServer,
  type RehearsalServer,
} from '../../../workers/rehearsal/rehearsal-server.ts';
import type { CliResult } from '../../support/instance/cli.ts';
import { startTestInstance, type TestInstance } from '../../support/instance/instance.ts';
import { pollFor } from '../../support/poll.ts';
import { conversation } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  filesBelow,
  rowsOfAllTables,
  spellingsOf,
  type Written,
} from '../../support/secrets/all-bytes.ts';
import { startEchoModel, type EchoModel } from '../../support/secrets/echo-model.ts';

/** With characters that every encoding writes differently. */
const canary = (name: string): string => `cnry ${name}/"${randomBytes(18).toString('base64')}"+&?~`;
const plainCanary = (name: string): string => `cnry-${name}/${randomBytes(18).toString('base64')}`;

const secrets = {
  environment: canary('env'),
  file: canary('file'),
  command: plainCanary('command'),
  stored: canary('stored'),
  later: canary('later'),
  header: plainCanary('header'),
  model: plainCanary('model'),
  key: plainCanary('variable'),
  signing: canary('signing'),
};

const folder = mkdtempSync(join(tmpdir(), 'holdfast-canaries-'));
const project = join(folder, 'project');
const trail = join(folder, 'trail');
let instance: TestInstance;
let rehearsal: RehearsalServer;
let model: EchoModel;
let web: Server;
let signatures = 0;
const sentHeaders: string[] = [];
const printed: CliResult[] = [];

const author = ['-c', 'user.name=u', '-c', 'user.email=u@u'];

/** Prints every secret of the environment in many ways, to both streams. */
const printAll = `
const { createHash } = require('node:crypto');
for (const name of ['T_ENV', 'T_FILE', 'T_COMMAND', 'T_STORED']) {
  const value = process.env[name] ?? '';
  const bytes = Buffer.from(value);
  const wrapped = Buffer.from('x'.repeat(45) + value).toString('base64').replace(/(.{76})/g, '$1\\n');
  console.log(name, value.length > 5 ? 'given' : 'not given', value, createHash('sha256').update(value).digest('hex'), JSON.stringify({ value }));
  console.log(bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'));
  console.error(encodeURIComponent(value), Buffer.from('ab' + value).toString('base64'));
  console.error(wrapped);
}
`;

const printing = `node print-all.js; env | base64; printf %s "$T_STORED" | head -c 20`;

function serve(): Server {
  return createServer((request, response) => {
    const { authorization = '' } = request.headers;
    request.resume().on('end', () => {
      if (request.url === '/hook') {
        signatures += request.headers['holdfast-signature'] === undefined ? 0 : 1;
        response.writeHead(500).end(secrets.signing);
        return;
      }
      sentHeaders.push(authorization);
      const encoded = Buffer.from(authorization).toString('base64');
      const body = `${authorization} ${encoded} ${encodeURIComponent(authorization)}`;
      response.writeHead(request.url === '/bad' ? 500 : 200, { 'x-echo': authorization }).end(body);
    });
  }).listen(0, '127.0.0.1');
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function settings(): object {
  const host = `127.0.0.1:${portOf(web)}`;
  const entry = { backend: 'generic', model: 'm', privacy: 'local' };
  return {
    policy: 'trusted-mount-autonomous',
    allowedHosts: [host],
    auditRepository: trail,
    models: [
      { ...entry, key: 'scripted', baseUrl: rehearsal.url, apiKey: { env: 'CANARY_KEY' } },
      { ...entry, key: 'echo', baseUrl: model.url, apiKey: 'secret://model' },
    ],
    defaultModel: 'scripted',
    notifications: [
      {
        name: 'hook',
        kind: 'webhook',
        url: `http://${host}/hook`,
        secret: 'secret://signing',
        allowPrivate: true,
      },
    ],
    secrets: {
      environment: { env: 'CANARY_ENV', variable: 'T_ENV' },
      file: { file: join(folder, 'secret-file'), variable: 'T_FILE' },
      command: { command: ['sh', join(folder, 'print-secret')], variable: 'T_COMMAND' },
      stored: { variable: 'T_STORED' },
      header: { env: 'CANARY_HEADER', hosts: [host] },
      model: { env: 'CANARY_MODEL' },
      signing: { env: 'CANARY_SIGNING' },
      gone: { env: 'CANARY_ABSENT', hosts: [host] },
    },
  };
}

function scripts() {
  const host = `127.0.0.1:${portOf(web)}`;
  const get = (path: string, name: string) =>
    call('http_fetch', {
      url: `http://${host}${path}`,
      headers: { authorization: `Bearer secret://${name}` },
    });
  const test = call('run_tests', { command: 'npm test' });
  return [
    script(
      'commands',
      calling(shell(printing)),
      calling(shell(`${printing}; exit 3`)),
      calling(test),
      calling(shell('echo "$T_STORED" > kept.txt; cp kept.txt copy.txt')),
      calling(call('read_file', { path: 'kept.txt' })),
      calling(call('search_text', { pattern: 'cnry' })),
      calling(
        call('edit_file', { path: 'copy.txt', oldText: 'cnry', newText: 'more cnry' }),
        call('git_diff', {}),
      ),
      goodbye,
    ),
    script('early', calling(shell(printing)), goodbye),
    script('reloaded', calling(shell(printing)), goodbye),
    script(
      'web',
      calling(get('/', 'header'), get('/bad', 'header')),
      calling(get('/', 'gone')),
      calling(get('/', 'stored')),
      goodbye,
    ),
  ];
}

async function run(name: string, ...more: readonly string[]): Promise<CliResult> {
  const args = ['run', `do it ${conversation(name)}`, '--workspace', project, '--key', name];
  return cli(...args, ...more);
}

async function cli(...args: readonly string[]): Promise<CliResult> {
  const result = await instance.cli(args);
  printed.push(result);
  return result;
}

beforeAll(async () => {
  chmodSync(folder, 0o755);
  for (const each of [project, trail]) mkdirSync(each);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', trail]);
  writeFileSync(join(folder, 'secret-file'), `${secrets.file}\n`);
  writeFileSync(join(folder, 'print-secret'), `printf '%s\\n' '${secrets.command}'`);
  const manifest = { name: 'p', scripts: { test: 'node print-all.js && exit 1' } };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(project, 'print-all.js'), printAll);
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    [...author, 'commit', '-qm', 'first'],
  ])
    execFileSync('git', args, { cwd: project });
  web = serve();
  await once(web, 'listening');
  model = await startEchoModel();
  rehearsal = await createRehearsalServer({ scripts: scripts() });
  writeFileSync(join(folder, 'settings.yaml'), JSON.stringify(settings()));
  instance = await startTestInstance({
    HOLDFAST_CONFIG: join(folder, 'settings.yaml'),
    CANARY_ENV: secrets.environment,
    CANARY_HEADER: secrets.header,
    CANARY_MODEL: secrets.model,
    CANARY_KEY: secrets.key,
    CANARY_SIGNING: secrets.signing,
    CANARY_ABSENT: undefined,
  });
});

afterAll(async () => {
  await instance.stop();
  web.close();
  model.close();
  await rehearsal.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('an installation that uses secrets', () => {
  it('refuses a call whose secret is missing before anything of it happens, and names the secret', async () => {
    await run('early', '--wait');
    const { stdout } = await cli('runs', 'transcript', 'early', '--json');

    expect(stdout).toContain('the secret stored is missing: the store does not hold it');
    const effects = await cli('effects', 'list', '--json');
    expect(JSON.parse(effects.stdout)).toMatchObject({ effects: [] });
  });

  it('takes a new secret into use without a restart', async () => {
    const { process: before } = instance.record().parts.worker ?? {};
    putStoredSecret(instance.home, { name: 'stored', value: secrets.stored, now: new Date() });

    const { stdout } = await cli('secrets', 'reload', '--json');

    expect(JSON.parse(stdout)).toMatchObject({
      secrets: expect.arrayContaining([
        expect.objectContaining({ name: 'stored', state: 'set', variable: 'T_STORED' }),
        expect.objectContaining({ name: 'gone', state: 'missing' }),
      ]),
    });
    expect(instance.record().parts.worker?.process).toEqual(before);
  });

  it('gives commands and tests their variables, and shows nobody what is in them', async () => {
    await run('commands', '--wait');
    const { stdout } = await cli('runs', 'transcript', 'commands');

    for (const name of ['T_ENV', 'T_FILE', 'T_COMMAND', 'T_STORED'])
      expect(stdout).toContain(`${name} given <<REDACTED>>`);
    expect(stdout).toContain('exit code 3');
    expect(stdout).toContain('test_failed');
    expect(stdout).toMatch(/kept\.txt.*<<REDACTED>>/s);
  });

  it('sends a secret in a header to the hosts it is for, and to no other', async () => {
    await run('web', '--network', '--wait');
    const { stdout } = await cli('runs', 'transcript', 'web');

    expect(sentHeaders).toEqual(Array(2).fill(`Bearer ${secrets.header}`));
    expect(stdout).toContain('Bearer <<REDACTED>>');
    expect(stdout).toContain('the secret gone is missing: the variable CANARY_ABSENT is not set');
    expect(stdout).toContain('the secret stored may not be sent to');
  });

  it('uses a secret as the key of a model that gives it away in answers and errors', async () => {
    await run('echo', '--model', 'echo', '--no-watch');
    await pollFor('the model fails', () => Promise.resolve(model.keys.length > 1 || undefined));
    const shown = await pollFor('the run is paused', async () => {
      const { stdout } = await cli('runs', 'show', 'echo', '--json');
      return stdout.includes('"model_unavailable"') ? stdout : undefined;
    });
    await cli('runs', 'cancel', 'echo');

    expect(model.keys.slice(0, 2)).toEqual([secrets.model, secrets.model]);
    expect(shown).toContain('<<REDACTED>>');
    const { stdout } = await cli('runs', 'transcript', 'echo');
    expect(stdout).toContain('your key is <<REDACTED>>, that is <<REDACTED>>');
  });

  it('signs what it sends with a secret', async () => {
    const sent = await pollFor('a notification is sent', () =>
      Promise.resolve(signatures || undefined),
    );

    expect(sent).toBeGreaterThan(0);
  });

  it('reads all secrets anew when it is told to by a signal, and after the key was rotated', async () => {
    const before = readSecretReport(instance.home)?.at;
    rotateSecretKey(instance.home, new Date());
    putStoredSecret(instance.home, { name: 'stored', value: secrets.later, now: new Date() });
    process.kill(instance.record().supervisor.pid, 'SIGHUP');
    await pollFor('the worker has read it', () =>
      Promise.resolve(readSecretReport(instance.home)?.at !== before || undefined),
    );

    await run('reloaded', '--wait');

    const { stdout } = await cli('runs', 'transcript', 'reloaded');
    const digest = createHash('sha256').update(secrets.later).digest('hex');
    expect(stdout).toContain(`T_STORED given <<REDACTED>> ${digest}`);
  });

  it('has written none of them anywhere, in no encoding', async () => {
    const audit = await cli('audit', 'export', '--format', 'jsonl');
    for (const name of ['environment', 'stored', 'header'])
      expect(audit.stdout).toContain(`secret://${name} run/default/`);
    await cli('inbox', 'list');
    const commits = await pollFor('outcomes are committed', () => {
      const log = execFileSync('git', ['-c', 'safe.directory=*', 'log', '-p'], { cwd: trail });
      return Promise.resolve(log.length > 0 ? log : undefined);
    });
    const rows = await rowsOfAllTables(instance.databaseUrl);
    await cli('down');

    const written: Written[] = [
      ...rows,
      { where: 'commits', bytes: commits },
      ...[...filesBelow(instance.home), ...filesBelow(trail)].filter(({ where }) => isOurs(where)),
      ...printed.map(({ stdout, stderr }, at) => ({
        where: `command ${at + 1}`,
        bytes: Buffer.from(stdout + stderr),
      })),
    ];

    expect(rows.length).toBeGreaterThan(100);
    expect(written.some(({ where }) => where === homePaths(instance.home).temporalDatabase)).toBe(
      true,
    );
    expect(leaksIn(written)).toEqual([]);
  });
});

/** What commands write into the workspace is the agent's: only there a secret may stand, because a command put it there. */
function isOurs(where: string): boolean {
  return !where.startsWith(join(instance.home, 'workspaces'));
}

function leaksIn(written: readonly Written[]): readonly string[] {
  const needles = Object.entries(secrets).flatMap(([name, value]) =>
    spellingsOf(value).map((spelling) => [name, Buffer.from(spelling)] as const),
  );
  return written.flatMap(({ where, bytes }) => {
    // Without line breaks, also those of JSON: encodings are often printed in lines.
    const unbroken = Buffer.from(
      bytes.toString('latin1').replaceAll(/[\r\n]|\\+[rn]/g, ''),
      'latin1',
    );
    return needles
      .filter(([, needle]) => bytes.includes(needle) || unbroken.includes(needle))
      .map(([name, needle]) => `${name} as ${needle.toString()} in ${where}`);
  });
}
