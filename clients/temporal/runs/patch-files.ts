import type { RunDiff } from '../../runs-client.ts';

type PatchFile = RunDiff['files'][number];

/** Lists the files of a git patch in its order, with the lines it adds and removes; null for binary files. */
export function patchFiles(patch: string): readonly PatchFile[] {
  return patch
    .split(/^(?=diff --git )/m)
    .filter((section) => section.startsWith('diff --git '))
    .map((section) => fileOf(section));
}

function fileOf(section: string): PatchFile {
  const hunks = section.search(/^@@ /m);
  const header = hunks === -1 ? section : section.slice(0, hunks);
  const isBinary = /^(?:GIT binary patch|Binary files )/m.test(header);
  const body = hunks === -1 ? [] : section.slice(hunks).split('\n');
  return {
    path: pathOf(header),
    status: statusOf(header),
    added: isBinary ? null : body.filter((line) => line.startsWith('+')).length,
    removed: isBinary ? null : body.filter((line) => line.startsWith('-')).length,
  };
}

function pathOf(header: string): string {
  const named = /^(?:rename to|\+\+\+ b\/|--- a\/) ?(.*)$/m;
  const to = /^rename to (.*)$/m.exec(header) ?? /^\+\+\+ b\/(.*)$/m.exec(header);
  if (to?.[1] !== undefined) return to[1];
  const from = named.exec(header)?.[1];
  if (from !== undefined) return from;
  return (
    /^diff --git a\/(.*) b\/\1$/m.exec(header)?.[1] ??
    header.slice('diff --git '.length).split('\n')[0] ??
    ''
  );
}

function statusOf(header: string): string {
  if (/^new file mode/m.test(header)) return 'added';
  if (/^deleted file mode/m.test(header)) return 'deleted';
  return /^rename to/m.test(header) ? 'renamed' : 'modified';
}
