import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { join } from 'node:path';

/** The user the command is inside; outside it has the id of its run. */
export const insideUser = { name: 'agent', id: 1000, home: '/home/agent' } as const;

/** One entry of the file system inside. */
export type SystemEntry =
  | { readonly type: 'bind'; readonly source: string; readonly target: string }
  | { readonly type: 'link'; readonly to: string; readonly target: string };

/** Our own files of /etc: the host's would tell who else is there. */
const ownFiles: Readonly<Record<string, string>> = {
  passwd: `${insideUser.name}:x:${insideUser.id}:${insideUser.id}::${insideUser.home}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n`,
  group: `${insideUser.name}:x:${insideUser.id}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** What programs need of the host's /etc and what holds no secret. */
const hostFiles = [
  ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'mime.types'],
  ['ssl/certs', 'ssl/openssl.cnf', 'ca-certificates', 'pki/ca-trust/extracted'],
  ['pki/tls/certs', 'protocols', 'services'],
].flat();
const hostFilePattern = /^(java|python)[\w.-]*$/;
const systemRoots = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Writes our own files of /etc into a folder and lists what a sandbox's system consists of, /usr excepted. */
export function prepareSystemFiles(folder: string): readonly SystemEntry[] {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(ownFiles)) {
    writeFileSync(join(folder, name), content, { mode: 0o644 });
  }
  const own = Object.keys(ownFiles).map((name) => bind(join(folder, name), `/etc/${name}`));
  const fromHost = [
    ...hostFiles,
    ...readdirSync('/etc').filter((name) => hostFilePattern.test(name)),
  ]
    .filter((name) => existsSync(`/etc/${name}`))
    .map((name) => bind(`/etc/${name}`, `/etc/${name}`));
  const time: SystemEntry = {
    type: 'link',
    to: '/usr/share/zoneinfo/UTC',
    target: '/etc/localtime',
  };
  return [...systemRoots.flatMap(rootEntry), ...own, ...fromHost, time];
}

function bind(source: string, target: string): SystemEntry {
  return { type: 'bind', source, target };
}

function rootEntry(name: string): SystemEntry[] {
  const target = `/${name}`;
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink()
    ? [{ type: 'link', to: readlinkSync(target), target }]
    : [bind(target, target)];
}
