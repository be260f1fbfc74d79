import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { errorCode } from '../files/open-at.ts';
import { tryGit, type GitProgram } from './git-program.ts';

/** A repository that the user's own one knows by a name. */
export interface Remote {
  readonly name: string;
  /** An http or https address without user name and password, or an absolute path. */
  readonly url: string;
}

const remotesName = 'remotes.json';
const remotesSchema = z.array(z.object({ name: z.string(), url: z.string() }));
const remoteName = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * Notes the remotes of the folder that a workspace is copied from, out of reach for what runs in the workspace: where a
 * run may push to is chosen by the user's repository, not by the model.
 */
export async function noteRemotes(git: GitProgram, source: string, shadow: string): Promise<void> {
  const args = ['config', '--null', '--get-regexp', String.raw`^remote\..*\.url$`];
  const { exitCode, stdout } = await tryGit(git, { args, cwd: source });
  if (exitCode !== 0) return;
  const remotes = stdout.toString('utf8').split('\0').flatMap(remoteOf);
  await writeFile(join(shadow, remotesName), JSON.stringify(remotes), { mode: 0o644 });
}

/** The remotes that were noted; empty when there were none. */
export async function notedRemotes(shadow: string): Promise<readonly Remote[]> {
  try {
    const text = await readFile(join(shadow, remotesName), 'utf8');
    return remotesSchema.parse(JSON.parse(text));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function remoteOf(entry: string): readonly Remote[] {
  const [key = '', value = ''] = entry.split('\n');
  const name = key.slice('remote.'.length, -'.url'.length);
  const url = remoteUrl(value);
  return remoteName.test(name) && url !== undefined ? [{ name, url }] : [];
}

/**
 * The address to push to: passwords are taken out, and an address for ssh becomes the one for https of the same place,
 * because a run has no keys for ssh. Undefined for anything else.
 */
export function remoteUrl(written: string): string | undefined {
  if (written.startsWith('/')) return written;
  const scp = /^(?:[\w.-]+@)?([A-Za-z0-9.-]+):(?!\/\/|:)\/?(.+)$/.exec(written);
  const ssh = /^ssh:\/\/(?:[^/@]*@)?([A-Za-z0-9.-]+)(?::\d+)?\/(.+)$/.exec(written);
  const [, host, path] = ssh ?? (written.includes('://') ? [] : (scp ?? []));
  const address = host === undefined ? written : `https://${host}/${path ?? ''}`;
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
