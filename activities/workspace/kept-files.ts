import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { giveTree, runProgram, type CorePrograms, type ProgramPlace } from './git/core-programs.ts';

/** Files of a folder that are about to be written. */
export interface FilesToKeep {
  readonly programs: CorePrograms;
  /** The folder they are in, and as whom it is written. */
  readonly place: ProgramPlace;
  /** New folder for the copies. */
  readonly folder: string;
  /** Relative to the place, without duplicates. */
  readonly files: readonly string[];
}

/** Copies that were set aside. */
export interface KeptFiles {
  /** Brings every file back to how it was; gives those that could not be brought back and differ now. */
  readonly restore: () => Promise<readonly string[]>;
}

const copy = [
  'cp',
  '-dR',
  '--preserve=mode,timestamps',
  '--parents',
  '--remove-destination',
  '-t',
] as const;

/** Copies files aside, for the case that writing them fails half way. */
export async function keepFiles(wanted: FilesToKeep): Promise<KeptFiles> {
  const { programs, place, folder, files } = wanted;
  await mkdir(folder, { mode: 0o700 });
  if (place.as !== undefined) await giveTree(programs, folder, place.as);
  const existing = new Set<string>();
  for (const file of files) {
    if ((await lstat(join(place.cwd, file)).catch(() => undefined)) !== undefined)
      existing.add(file);
  }
  if (existing.size > 0) {
    const paths = [...existing].map((file) => `./${file}`);
    await runProgram(programs, [...copy, folder, '--', ...paths], place);
  }
  return { restore: () => restoreFiles(wanted, existing) };
}

/** One file after the other: where nothing could be written, there is nothing to bring back either. */
async function restoreFiles(
  { programs, place, folder, files }: FilesToKeep,
  existing: ReadonlySet<string>,
): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const file of files) {
    const path = `./${file}`;
    const done = existing.has(file)
      ? await succeeds(() =>
          runProgram(programs, [...copy, place.cwd, '--', path], { ...place, cwd: folder }),
        )
      : await succeeds(() => runProgram(programs, ['rm', '-f', '--', path], place));
    if (done) continue;
    const isSame = await succeeds(() =>
      runProgram(programs, ['cmp', '-s', '--', path, join(folder, file)], place),
    );
    if (!isSame) lost.push(file);
  }
  return lost;
}

async function succeeds(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
