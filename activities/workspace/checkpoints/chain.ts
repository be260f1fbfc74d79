import { runGit, tryGit } from '../git/git-program.ts';
import { baselineRef, onShadow, shadowGit, type Shadow } from '../git/shadow-repository.ts';
import { listBaseline, takeSnapshot } from '../git/snapshot.ts';
import { clearStaleLocks } from './stale-locks.ts';

/** States of the workspace in their order, each a commit on the one before; the first follows the baseline. */
export const stepsRef = 'refs/holdfast/steps';

/** Which call a state belongs to, and whether it was taken before or after it. */
export interface StepLabel {
  readonly when: 'before' | 'after';
  readonly callId: string;
}

/** One state of the workspace. */
export interface Step {
  readonly commit: string;
  /** Undefined for the baseline. */
  readonly label: StepLabel | undefined;
}

/** Content of one file, when nothing else has changed since the state before. */
export interface OneFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

/** Writes down the whole tree as it is now. */
export async function addTree(shadow: Shadow, label: StepLabel): Promise<void> {
  const { tree } = await takeSnapshot(shadow, await listBaseline(shadow));
  await addStep(shadow, label, [`M 040000 ${tree} ""\n`]);
}

/** Writes down one changed file by one process: nothing else is looked at. */
export async function addFile(shadow: Shadow, label: StepLabel, file: OneFile): Promise<void> {
  const mode = file.isExecutable ? '100755' : '100644';
  const head = `M ${mode} inline ${quoted(file.path)}\ndata ${file.content.byteLength}\n`;
  await addStep(shadow, label, [head, file.content, '\n']);
}

async function addStep(
  shadow: Shadow,
  { when, callId }: StepLabel,
  change: readonly (string | Uint8Array)[],
): Promise<void> {
  const message = `${when} ${callId}`;
  const parent = (await tip(shadow)) ?? baselineRef;
  const head = [
    `commit ${stepsRef}`,
    `committer Holdfast <holdfast@localhost> ${Math.floor(Date.now() / 1_000)} +0000`,
    `data ${Buffer.byteLength(message)}`,
    message,
    `from ${parent}^0`,
    '',
  ].join('\n');
  const input = Buffer.concat([head, ...change].map((part) => Buffer.from(part)));
  const command = onShadow(shadow, ['fast-import', '--quiet', '--done'], {
    input: Buffer.concat([input, Buffer.from('done\n')]),
  });
  const first = await tryGit(shadow.git, command);
  if (first.exitCode === 0) return;
  // A git that was killed leaves its lock behind.
  await clearStaleLocks(shadow);
  await runGit(shadow.git, command);
}

async function tip(shadow: Shadow): Promise<string | undefined> {
  const args = ['rev-parse', '--quiet', '--verify', stepsRef];
  const found = await tryGit(shadow.git, onShadow(shadow, args));
  return found.exitCode === 0 ? found.stdout.toString('latin1').trim() : undefined;
}

/** Every state, the baseline first. */
export async function listSteps(shadow: Shadow): Promise<readonly Step[]> {
  const newest = (await tip(shadow)) ?? baselineRef;
  const listing = await shadowGit(
    shadow,
    'log',
    '--first-parent',
    '--reverse',
    '--format=%H %s',
    newest,
  );
  return listing
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', when = '', callId = ''] = line.split(' ');
      const isLabelled = when === 'before' || when === 'after';
      return { commit, label: isLabelled ? { when, callId } : undefined };
    });
}

/** A path as fast-import reads it. */
function quoted(path: string): string {
  return `"${path
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)}"`;
}
