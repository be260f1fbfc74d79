import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { resolveHome } from '../../domain/settings/home-folder.ts';
import { homePaths } from '../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../storage/home/verified-facts.ts';
import { findAnsible } from '../../workers/provision/ansible/find-ansible.ts';
import { missingForTestbed } from './testbed.ts';

/** A PATH on which set-up's Ansible comes first; undefined when it is not there. */
export async function pathWithAnsible(): Promise<string | undefined> {
  const { env: variables, platform } = process;
  const isRoot = process.getuid?.() === 0;
  const paths = homePaths(
    resolveHome({ variables, platform, userFolder: homedir(), isRoot }, process.cwd()),
    variables['HOLDFAST_CACHE'],
  );
  const [ansible] = await findAnsible({
    environment: variables,
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform,
    architecture: process.arch,
    isRoot,
    progress: () => undefined,
  });
  if (ansible?.where === undefined) return undefined;
  return [join(dirname(realpathSync(ansible.where))), '/usr/bin', '/bin'].join(':');
}

/**
 * Why tests on real hosts cannot run here; empty when they can. Where CI is set they run anyway, and fail: a part of the
 * tests is never left out there without anybody noticing.
 */
export async function reasonToSkipHosts(): Promise<string> {
  return toldAloud(`${await missingAnsible()}${await missingForTestbed()}`);
}

/** As {@link reasonToSkipHosts}, for tests that need no hosts. */
export async function reasonToSkipAnsible(): Promise<string> {
  return toldAloud(await missingAnsible());
}

async function missingAnsible(): Promise<string> {
  return (await pathWithAnsible()) === undefined ? 'holdfast setup --with ansible; ' : '';
}

function toldAloud(missing: string): string {
  if (missing === '' || process.env['CI'] !== undefined) return '';
  process.stderr.write(`\nLEFT OUT: tests of playbooks, for lack of: ${missing}\n\n`);
  return missing;
}
