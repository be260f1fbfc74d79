import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandbox({
    environment: { ...process.env, HOLDFAST_TEST_SECRET: 'tell-nobody', COVERAGE_FILE: '/tmp/cov' },
  });
});

afterAll(() => fixture.close());

describe('the file system inside', () => {
  it.each(['/etc/shadow', '/root/.bashrc', '/root/.gitconfig', '/var/log', '/sys/kernel'])(
    'has no %s',
    async (path) => {
      const { exitCode, output } = await fixture.shell(`ls -d ${path}`);

      expect(exitCode).not.toBe(0);
      expect(output.stderr).toMatch(/No such file|Permission denied/);
    },
  );

  it.each([
    '/usr/made',
    '/etc/made',
    '/bin/made',
    '/made',
    '/root/made',
    '/dev/made',
    '/home/made',
  ])('refuses to write %s', async (path) => {
    const { exitCode, output } = await fixture.shell(`: > ${path}`);

    expect(exitCode).not.toBe(0);
    expect(output.stderr).toMatch(/Read-only file system|Permission denied|nonexistent/);
  });

  it('has empty temporary folders of its own for each command', async () => {
    await fixture.shell('touch /tmp/left "$HOME/left" /run/left /dev/shm/left');

    const { output } = await fixture.shell('ls -A /tmp "$HOME" /run /dev/shm');

    expect(output.stdout).not.toContain('left');
  });

  it('keeps what is written to the workspace, as files of the sandbox user', async () => {
    await fixture.shell('mkdir -p a && echo kept > a/file');

    const file = join(fixture.workspace, 'a/file');
    expect(readFileSync(file, 'utf8')).toBe('kept\n');
    expect(lstatSync(file).uid).toBe(process.getuid?.() === 0 ? fixture.uid : process.getuid?.());
  });

  it('refuses to write a workspace that was given for reading', async () => {
    const { exitCode, output } = await fixture.shell('touch never', {
      workspaceAccess: 'read-only',
    });

    expect(exitCode).not.toBe(0);
    expect(output.stderr).toContain('Read-only file system');
  });

  it('finds what is hidden empty, whatever the access, and leaves it as it was', async () => {
    await fixture.write({ 'kept/.env': 'token', 'kept/keys/a/b': 'key', 'kept/open': 'open' });
    const hidden = [
      { path: 'kept/.env', kind: 'file' },
      { path: 'kept/keys', kind: 'folder' },
    ] as const;
    const script = 'cd kept; cat .env open; ls keys; echo x >.env || rm -r .env keys || mv keys k';

    for (const workspaceAccess of ['read-write', 'read-only'] as const) {
      const { output } = await fixture.shell(script, { hidden, workspaceAccess });
      expect(output.stdout).toBe('open');
    }
    expect(readFileSync(join(fixture.workspace, 'kept/.env'), 'utf8')).toBe('token');
    expect(readFileSync(join(fixture.workspace, 'kept/keys/a/b'), 'utf8')).toBe('key');
  });

  it('lets no link in the workspace reach the host', async () => {
    const secret = join(fixture.folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'key'), 'host secret');
    symlinkSync(secret, join(fixture.workspace, 'direct'));
    symlinkSync(`../../../../../../..${secret}`, join(fixture.workspace, 'relative'));
    symlinkSync('/proc/1/root', join(fixture.workspace, 'init'));

    const { output } = await fixture.shell(
      `cat direct/key relative/key init${secret}/key ../${secret}/key /proc/1/root${secret}/key`,
    );

    expect(output.combined).not.toContain('host secret');
    expect(output.stdout).toBe('');
  });

  it('refuses a working folder outside the workspace', async () => {
    await expect(fixture.shell('pwd', { cwd: '../../etc' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('follows a working folder that is a link only inside', async () => {
    symlinkSync('/etc', join(fixture.workspace, 'outward'));

    const { output } = await fixture.shell('cat passwd', { cwd: 'outward' });

    expect(output.stdout).toContain('agent:x:1000');
    expect(output.stdout).not.toContain('root:');
  });
});

describe('the process inside', () => {
  it('shares no namespace with the host and has no capability', async () => {
    const names = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];

    const { output } = await fixture.shell(
      `grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; for n in ${names.join(' ')}; do readlink /proc/self/ns/$n; done; id -u`,
    );

    for (const name of names)
      expect(output.stdout).not.toContain(readlinkSync(`/proc/self/ns/${name}`));
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(output.stdout).toContain(`${set}:\t0000000000000000`);
    }
    expect(output.stdout).toContain('NoNewPrivs:\t1');
    expect(output.stdout).toContain('Seccomp:\t2');
    expect(output.stdout.trimEnd()).toMatch(/\n1000$/);
  });

  it('sees no process of the host', async () => {
    const { output } = await fixture.shell('cat /proc/[0-9]*/comm; :');

    expect(output.stdout.trim().split('\n').toSorted()).toEqual(['bwrap', 'sh']);
  });

  it('has none of the variables of the worker but those of coverage tools', async () => {
    const { output } = await fixture.shell('env; cat /proc/1/environ', {
      environment: { GIVEN: 'with = and\nnew line' },
    });

    expect(output.stdout).not.toContain('tell-nobody');
    expect(output.stdout).toContain('GIVEN=with = and\nnew line\n');
    expect(output.stdout).toContain('COVERAGE_FILE=/tmp/cov');
    expect(output.stdout).toContain('LC_ALL=C.UTF-8');
    expect(output.stdout).toContain('TZ=UTC');
    expect(output.stdout).toContain('HOME=/home/agent');
  });

  it('shows its variables on no command line of the host', async () => {
    let lines = '';

    const { output } = await fixture.shell(
      'echo ready; until [ -e looked ]; do :; done; echo "$PASSWORD"',
      {
        environment: { PASSWORD: 'only-inside' },
        onOutput: () => {
          lines ||= commandLines();
          writeFileSync(join(fixture.workspace, 'looked'), '');
        },
      },
    );

    expect(output.stdout).toBe('ready\nonly-inside\n');
    expect(lines).toContain('bwrap');
    expect(lines).not.toContain('only-inside');
  });

  it('never lets its variables reach the programs that start it', async () => {
    const { output, exitCode } = await fixture.shell('echo fine', {
      environment: { LD_PRELOAD: '/workspace/evil.so', ENV: '/workspace/evil', PATH: '/workspace' },
    });

    expect(exitCode).toBe(0);
    expect(output.stdout).toBe('fine\n');
    // The loader complains for the programs inside only: prlimit and the shell.
    expect(output.stderr.match(/evil\.so/g)).toHaveLength(2);
  });

  it('inherits no open file but its three streams', async () => {
    const { output } = await fixture.python(
      'import os\nfor n in sorted(map(int, os.listdir("/proc/self/fd"))):\n  try: print(n, os.readlink(f"/proc/self/fd/{n}"))\n  except OSError: pass',
    );

    const others = output.stdout
      .trim()
      .split('\n')
      .filter((line) => Number.parseInt(line, 10) > 2 && !line.endsWith(' /dev/null'));
    expect(others).toEqual([]);
  });

  it('reads what it is given as input and an empty input otherwise', async () => {
    const given = await fixture.shell('cat', { input: 'line\n'.repeat(50_000) });
    const empty = await fixture.shell('cat');

    expect(given.output.stdoutBytes).toBe(250_000);
    expect(empty.output.stdoutBytes).toBe(0);
  });
});

describe('the network inside', () => {
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    server = createServer((socket) => socket.end('host service'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });

  afterAll(() => {
    server.close();
  });

  it('reaches neither a name nor an address', async () => {
    const curl = await fixture.shell('curl -sS -m 5 http://example.org');
    const direct = await fixture.python(
      'import socket; socket.create_connection(("1.1.1.1", 80), 5)',
    );

    expect(curl.exitCode).not.toBe(0);
    expect(direct.exitCode).not.toBe(0);
    expect(direct.output.stderr).toContain('Network is unreachable');
  });

  it('reaches no service on the loopback of the host', async () => {
    const { exitCode, output } = await fixture.python(
      `import socket; socket.create_connection(("127.0.0.1", ${port}), 5)`,
    );

    expect(exitCode).not.toBe(0);
    expect(output.stderr).toContain('Connection refused');
  });

  it('reaches no abstract socket of the host', async () => {
    const name = `holdfast-test-${process.pid}`;
    const local = createServer((socket) => socket.end('host service'));
    await new Promise<void>((resolve) => {
      local.listen(`\0${name}`, resolve);
    });

    const { exitCode, output } = await fixture.python(
      `import socket; socket.socket(socket.AF_UNIX).connect("\\0${name}")`,
    );

    local.close();
    expect(exitCode).not.toBe(0);
    expect(output.stderr).toContain('refused');
  });

  it('has a loopback of its own', async () => {
    const { output } = await fixture.python(
      'import socket\ns = socket.create_server(("127.0.0.1", 0))\nc = socket.create_connection(s.getsockname())\ns.accept()[0].sendall(b"own")\nprint(c.recv(3))',
    );

    expect(output.stdout).toContain("b'own'");
  });

  it('is the one of the host only when that was granted', async () => {
    const { output, enforced } = await fixture.python(
      `import socket; print(socket.create_connection(("127.0.0.1", ${port}), 5).recv(12))`,
      { network: 'host' },
    );

    expect(output.stdout).toContain('host service');
    expect(enforced.network).toMatchObject({ requested: false, applied: false });
  });
});

function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
    .join('\n');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
