import { cpSync, lstatSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { makeOpenFolder, writeOpenFile } from '../state-folder.ts';

/** The user the command is inside; outside it has the id of its run. */
export const insideUser = { name: 'agent', id: 1000, home: '/home/agent' } as const;

/** One entry of the file system inside. */
export type SystemEntry =
  | { readonly type: 'bind'; readonly source: string; readonly target: string }
  | { readonly type: 'link'; readonly to: string; readonly target: string };

const { name, id, home } = insideUser;
/** Our own files of /etc: the host's would tell who else is there. resolv.conf is a place to bind the host's to. */
const ownFiles: Readonly<Record<string, string>> = {
  passwd: `${name}:x:${id}:${id}::${home}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n`,
  group: `${name}:x:${id}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'resolv.conf': '',
};

/** What programs need of the host's /etc and what holds no secret: files are copied, folders are bound. */
const hostFiles = [
  ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'mime.types'],
  ['ssl/certs', 'ssl/openssl.cnf', 'ca-certificates', 'pki/ca-trust/extracted'],
  ['pki/tls/certs', 'protocols', 'services'],
].flat();
const hostFilePattern = /^(java|python)[\w.-]*$/;
const systemRoots = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/**
 * Fills a folder with the /etc of all sandboxes and lists what their system consists of, /usr excepted. Single files of
 * the host are copied: each bind costs every command 0.1 ms, and what the host changes later is seen after a restart.
 * Folders are bound: they hold some 700 links on Debian 12, and to copy them took every worker up to a second.
 */
export function prepareSystemFiles(folder: string): readonly SystemEntry[] {
  makeOpenFolder(folder);
  const matching = readdirSync('/etc').filter((file) => hostFilePattern.test(file));
  const found = [...hostFiles, ...matching].filter((file) => isForEverybody(join('/etc', file)));
  const [folders, files] = partition(found, (file) => statSync(join('/etc', file)).isDirectory());
  for (const file of files) {
    makeOpenFolder(dirname(join(folder, file)));
    cpSync(join('/etc', file), join(folder, file), { verbatimSymlinks: true });
  }
  // What is bound needs a place that is there: the /etc inside cannot be written.
  for (const bound of folders) makeOpenFolder(join(folder, bound));
  for (const [file, content] of Object.entries(ownFiles)) {
    writeOpenFile(join(folder, file), content);
  }
  symlinkSync('/usr/share/zoneinfo/UTC', join(folder, 'localtime'));
  return [
    ...systemRoots.flatMap(rootEntry),
    { type: 'bind', source: folder, target: '/etc' },
    ...folders.map((bound): SystemEntry => {
      const path = join('/etc', bound);
      return { type: 'bind', source: path, target: path };
    }),
  ];
}

/** SAFETY: the worker may be root; what only root can read on the host does not come to where all can. */
function isForEverybody(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & 0o004) !== 0;
}

function partition(
  files: readonly string[],
  test: (file: string) => boolean,
): readonly [readonly string[], readonly string[]] {
  return [files.filter(test), files.filter((file) => !test(file))];
}

function rootEntry(root: string): SystemEntry[] {
  const target = `/${root}`;
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink()
    ? [{ type: 'link', to: readlinkSync(target), target }]
    : [{ type: 'bind', source: target, target }];
}
