import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { findToolchains } from '../../../../activities/sandbox/launch/toolchains.ts';

let home = '';

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-toolchains-')));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function program(path: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return dirname(file);
}

const inHome = (paths: readonly string[]): string[] => paths.map((path) => join(home, path));

describe('findToolchains', () => {
  it('takes nothing for folders of the system', () => {
    expect(findToolchains('/usr/bin:/bin:/usr/local/bin', home).trees).toEqual([]);
  });

  it('takes the whole of a version manager, and looks behind its shims', () => {
    const shims = program('.pyenv/shims/python3');
    program('.pyenv/versions/3.12.1/bin/python3');
    writeFileSync(join(home, '.pyenv/version'), '3.12.1\nsystem\n');

    const found = findToolchains(shims, home);

    expect(found.trees).toEqual(inHome(['.pyenv']));
    expect(found.path).toEqual([join(home, '.pyenv/versions/3.12.1/bin'), shims]);
    expect(found.pathWithShims).toEqual([shims]);
  });

  it('takes only programs from a folder that may hold settings', () => {
    const bin = program('.local/bin/tool');
    program('.local/lib/part');
    program('.local/share/keyrings/secret');

    expect(findToolchains(bin, home).trees).toEqual(inHome(['.local/bin', '.local/lib']));
  });

  it('takes the programs and the registry of cargo, never its credentials', () => {
    const bin = program('.cargo/bin/rustup');
    program('.cargo/registry/index');
    program('.cargo/credentials.toml');
    program('.rustup/toolchains/stable/bin/cargo');

    const found = findToolchains(bin, home);

    expect(found.trees).toEqual(inHome(['.cargo/bin', '.cargo/registry', '.rustup']));
    expect(found.environment).toEqual({ RUSTUP_HOME: join(home, '.rustup') });
  });

  it('takes the installation a link leads to', () => {
    program('opt/node-20/bin/node');
    program('opt/node-20/lib/part');
    mkdirSync(join(home, '.local/bin'), { recursive: true });
    symlinkSync(join(home, 'opt/node-20/bin/node'), join(home, '.local/bin/node'));

    const found = findToolchains(join(home, '.local/bin'), home);

    expect(found.trees).toEqual(inHome(['.local/bin', 'opt/node-20']));
  });

  it('takes neither relative folders nor those of package runners', () => {
    const bin = program('project/node_modules/.bin/tool');

    expect(findToolchains(`${bin}:bin:.:`, home)).toMatchObject({ trees: [], path: [] });
  });

  it('takes a bin folder right in a home, and never the home', () => {
    const bin = program('bin/tool');

    expect(findToolchains(bin, home).trees).toEqual([bin]);
  });

  it('takes the modules of Go with Go', () => {
    const bin = program('sdk/go1.22/bin/go');
    program('go/pkg/mod/cache/entry');

    const found = findToolchains(bin, home);

    expect(found.trees).toEqual(inHome(['go/pkg/mod', 'sdk/go1.22']));
    expect(found.environment).toEqual({ GOMODCACHE: join(home, 'go/pkg/mod') });
  });
});
