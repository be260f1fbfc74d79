import { join } from 'node:path';

import type { HiddenPath } from '../sandbox-command.ts';
import { makeOpenFolder, writeOpenFile } from '../state-folder.ts';

/** Paths on the host of an empty file and an empty folder. */
export type Blanks = Readonly<Record<HiddenPath['kind'], string>>;

/** Makes what is bound over paths that a command is not to see. */
export function makeBlanks(folder: string): Blanks {
  const blanks = { file: join(folder, 'file'), folder: join(folder, 'folder') };
  makeOpenFolder(blanks.folder);
  writeOpenFile(blanks.file, '');
  return blanks;
}
