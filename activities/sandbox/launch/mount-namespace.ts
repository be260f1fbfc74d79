import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

import type { BoundTree } from './bubblewrap-arguments.ts';
import { identityOf } from '../process/process-tree.ts';
import { makeOpenFolder } from '../state-folder.ts';

/** A mount namespace of our own, in which toolchains of closed folders can be read by every user. */
export interface StagedTrees {
  /** Path that names the namespace for as long as this process lives. */
  readonly namespace: string;
  /** Where each toolchain can be read, and where it belongs inside. */
  readonly trees: readonly BoundTree[];
  readonly close: () => void;
}

/** Binds each pair read-only, says so, and waits until we hold the namespace ourselves. */
const stageScript = [
  'set -e',
  'mount=$1',
  'shift',
  'while [ $# -gt 0 ]; do',
  '  "$mount" --bind "$1" "$2"',
  '  "$mount" -o remount,bind,ro,nosuid,nodev "$2"',
  '  shift 2',
  'done',
  'echo staged',
  'read -r _ || :',
].join('\n');

/**
 * Binds toolchains to an open folder, visible in a private mount namespace only: a toolchain in root's home cannot be
 * reached by the user a sandbox runs as, and opening root's home on the host would open it for everybody.
 * Costs one start of `unshare`; no process stays behind. Needs root.
 */
export async function stageTrees(
  trees: readonly string[],
  folder: string,
  programs: { readonly unshare: string; readonly mount: string },
): Promise<StagedTrees> {
  const staged = trees.map((target, index) => ({ source: join(folder, String(index)), target }));
  for (const { source } of staged) makeOpenFolder(source);
  const pairs = staged.flatMap(({ source, target }) => [target, source]);
  const holder = spawn(
    programs.unshare,
    [
      '--mount',
      '--propagation',
      'slave',
      '/bin/sh',
      '-c',
      stageScript,
      'stage',
      programs.mount,
      ...pairs,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], env: {} },
  );
  const problems: string[] = [];
  holder.stderr.on('data', (chunk: Buffer) => problems.push(chunk.toString()));
  const isStaged = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(() => false),
  ]);
  if (!isStaged) throw new Error(`no mount namespace of our own: ${problems.join('').trim()}`);
  const descriptor = openSync(`/proc/${holder.pid}/ns/mnt`, 'r');
  holder.stdin.end();
  await once(holder, 'close');
  return {
    namespace: `/proc/${identityOf('self')?.pid}/fd/${descriptor}`,
    trees: staged,
    close: () => closeSync(descriptor),
  };
}
