import { existsSync } from 'node:fs';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What people type to call this program. */
type ProgramName = 'holdfast' | 'npx holdfast';

/**
 * Decides what people type to call this program. What npx starts finds the program on its path, the person's shell
 * afterwards does not: then npx has to start it again.
 */
export function programName(environment: Environment): ProgramName {
  // npm names its own command for what it starts: https://docs.npmjs.com/cli/v11/commands/npm-exec
  const isByNpx = environment['npm_lifecycle_event'] === 'npx';
  return isByNpx && !isOnPath(environment['PATH'] ?? '') ? 'npx holdfast' : 'holdfast';
}

/** Text of our own in which commands of this program stand as `holdfast …`, with the commands as people type them. */
export function withProgramName(text: string, name: ProgramName): string {
  return name === 'holdfast' ? text : text.replace(/(?<![\w./-]|npx )holdfast(?= [a-z[])/g, name);
}

function isOnPath(path: string): boolean {
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/') && !folder.endsWith('/node_modules/.bin'))
    .some((folder) => existsSync(join(folder, 'holdfast')));
}
