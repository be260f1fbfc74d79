import { readdir } from 'node:fs/promises';

import { z } from 'zod';

import { pathAt, statAt } from '../../workspace/files/open-at.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { readWhole } from '../../workspace/files/read-file.ts';
import { ToolError, type OpenWorkspace } from '../tool.ts';

/** What runs a project's tests. */
export type Framework = 'pytest' | 'cargo' | 'npm' | 'go';

/** The command that runs all tests of a project. */
export const testCommands: { readonly [framework in Framework]: string } = {
  pytest: 'python3 -m pytest',
  cargo: 'cargo test',
  npm: 'npm test',
  go: 'go test ./...',
};

/** Largest file that is looked into. Bytes. */
const maxBytes = 1024 * 1024;

/**
 * Finds what runs the tests of a folder: what says so in words first, then what only looks like it. Undefined when
 * nothing is known.
 */
export async function detectFramework(
  workspace: OpenWorkspace,
  folder: string,
): Promise<Framework | undefined> {
  for (const [framework, isThere] of signs) {
    if (await isThere({ workspace, folder })) return framework;
  }
  return undefined;
}

interface Project {
  readonly workspace: OpenWorkspace;
  readonly folder: string;
}

const signs: readonly (readonly [Framework, (project: Project) => Promise<boolean>])[] = [
  ['pytest', (project) => hasAny(project, ['pytest.ini', 'conftest.py'])],
  ['pytest', (project) => holds(project, 'pyproject.toml', /^\[tool\.pytest/m)],
  ['pytest', (project) => holds(project, 'setup.cfg', /^\[tool:pytest\]/m)],
  ['pytest', (project) => holds(project, 'tox.ini', /^\[pytest\]/m)],
  ['cargo', (project) => hasAny(project, ['Cargo.toml'])],
  ['npm', hasTestScript],
  ['go', (project) => hasAny(project, ['go.mod'])],
  ['pytest', (project) => hasAny(project, ['pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini'])],
  ['pytest', (project) => hasAny(project, ['requirements.txt', 'requirements-dev.txt'])],
  ['pytest', hasPythonTests],
];

function hasAny({ workspace, folder }: Project, names: readonly string[]): Promise<boolean> {
  return withPlace(workspace.root, folder, async (place) => {
    for (const name of names) {
      if ((await statAt(place.folder, name))?.isFile() === true) return true;
    }
    return false;
  });
}

async function holds(project: Project, name: string, pattern: RegExp): Promise<boolean> {
  return pattern.test((await textOf(project, name)) ?? '');
}

const manifestSchema = z.object({ scripts: z.object({ test: z.string() }) });
/** The script that `npm init` writes runs no test. */
const placeholder = 'no test specified';

async function hasTestScript(project: Project): Promise<boolean> {
  const text = await textOf(project, 'package.json');
  if (text === undefined) return false;
  const manifest = manifestSchema.safeParse(parsed(text));
  return manifest.success && !manifest.data.scripts.test.includes(placeholder);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function hasPythonTests(project: Project): Promise<boolean> {
  const places = [project.folder, `${project.folder}/tests`, `${project.folder}/test`];
  for (const folder of places) {
    const names = await namesIn(project.workspace, folder);
    if (names.some((name) => /^(?:test_.*|.*_test)\.py$/.test(name))) return true;
  }
  return false;
}

async function namesIn(workspace: OpenWorkspace, folder: string): Promise<readonly string[]> {
  return (await quietly(() => withPlace(workspace.root, folder, namesOf))) ?? [];
}

async function namesOf(place: Place): Promise<readonly string[]> {
  return place.kind === 'folder' ? readdir(pathAt(place.folder, '.')) : [];
}

function textOf({ workspace, folder }: Project, name: string): Promise<string | undefined> {
  return quietly(() =>
    withPlace(workspace.root, `${folder}/${name}`, async (place) =>
      (await readWhole(place, maxBytes)).toString('utf8'),
    ),
  );
}

/** What cannot be read is no sign of anything. */
async function quietly<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}
