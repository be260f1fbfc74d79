import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { scaffoldService, type ScaffoldFile } from '../../../domain/playbooks/scaffold.ts';
import type { CommandContext } from '../command-context.ts';
import { renderTable } from '../output/table.ts';
import { repositoryFolder, type RepositoryOptions } from './open-catalog.ts';

/** What may be chosen on the command line. */
export interface ScaffoldOptions extends RepositoryOptions {
  readonly port: number;
  readonly hosts: string;
  readonly become: boolean;
  readonly write?: true;
  readonly overwrite?: true;
}

/** What became of a file; `shown` is nothing but shown. */
type FileState = 'shown' | 'written' | 'kept' | 'overwritten';

/** Shows the files a service begins with, or writes them; files that are there are kept unless they may be overwritten. */
export function writeScaffold(
  context: CommandContext,
  words: string,
  options: ScaffoldOptions,
): void {
  const { port, hosts, become, write, overwrite } = options;
  const { service, files } = scaffoldService(words, { port, hosts, become });
  const folder = repositoryFolder(context, options);
  const mayWrite = write === true || overwrite === true;
  const states = files.map((file) => ({
    path: file.path,
    state: mayWrite ? writeFile(folder, file, overwrite === true) : ('shown' as const),
  }));
  const shown = mayWrite ? states : files;
  context.output.result({ service, files: shown }, () =>
    mayWrite ? statesText(states, context.output.width()) : files.map(fileText).join('\n'),
  );
  if (!mayWrite) context.output.hint('nothing is written; write it with --write');
}

function writeFile(folder: string, { path, text }: ScaffoldFile, mayOverwrite: boolean): FileState {
  const file = join(folder, path);
  const isThere = existsSync(file);
  if (isThere && !mayOverwrite) return 'kept';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return isThere ? 'overwritten' : 'written';
}

function statesText(
  states: readonly { readonly path: string; readonly state: FileState }[],
  width: number,
): string {
  const columns = [{ title: 'file' }, { title: 'state' }];
  return renderTable({ columns, rows: states.map(({ path, state }) => [path, state]) }, width);
}

function fileText({ path, text }: ScaffoldFile): string {
  return `# ${path}\n${text}`;
}
