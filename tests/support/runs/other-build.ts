import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A text of a built file, and what stands there in the other build. */
export interface BuildChange {
  /** Relative to the build. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the build with one thing changed, as the next version of the program would have it. Returns its worker. */
export function workerOfOtherBuild({ file, from, to }: BuildChange): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-build-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of ['node_modules', 'package.json']) {
    symlinkSync(join(root, name), join(folder, name));
  }
  const path = join(folder, 'dist', file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(path, text.replace(from, to));
  return join(folder, 'dist', 'workers', 'worker', 'main.js');
}
