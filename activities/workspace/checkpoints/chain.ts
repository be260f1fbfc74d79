import { HoldfastError } from '../../../domain/failures.ts';
import { tryGit } from '../git/git-program.ts';
import { baselineRef, onShadow, shadowGit, type Shadow } from '../git/shadow-repository.ts';
import { listBaseline, takeSnapshot } from '../git/snapshot.ts';
import { clearStaleLocks } from './stale-locks.ts';
import { addWaiting, listWaiting, removeWaiting } from './waiting-steps.ts';

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

/** The state behind a call that changed one file. */
export interface FileStep {
  readonly label: StepLabel;
  /** Grows from state to state of a workspace. */
  readonly number: number;
  readonly file: OneFile;
}

/** Writes down the whole tree as it is now. */
export async function addTree(shadow: Shadow, label: StepLabel): Promise<void> {
  const { tree } = await takeSnapshot(shadow, await listBaseline(shadow));
  await importSteps(shadow, [stepOf(label, [`M 040000 ${tree} ""\n`])]);
}

/**
 * Writes down one changed file: nothing else is looked at, and no process is started. The state waits beside the
 * repository until {@link importSteps}, which whoever asks for states calls.
 */
export async function addFile(shadow: Shadow, { label, number, file }: FileStep): Promise<void> {
  const mode = file.isExecutable ? '100755' : '100644';
  const head = `M ${mode} inline ${quoted(file.path)}\ndata ${file.content.byteLength}\n`;
  await addWaiting(shadow, { number, step: stepOf(label, [head, file.content, '\n']) });
}

/** One state as `git fast-import` reads it, on top of the one before. */
function stepOf({ when, callId }: StepLabel, change: readonly (string | Uint8Array)[]): Buffer {
  const message = `${when} ${callId}`;
  const head = [
    `commit ${stepsRef}`,
    `committer Holdfast <holdfast@localhost> ${Math.floor(Date.now() / 1_000)} +0000`,
    `data ${Buffer.byteLength(message)}`,
    message,
    '',
  ].join('\n');
  return Buffer.concat([head, ...change].map((part) => Buffer.from(part)));
}

/** Takes the states that wait into the repository, and these behind them. */
export async function importSteps(shadow: Shadow, more: readonly Buffer[] = []): Promise<void> {
  const first = await tryImport(shadow, more);
  if (first.exitCode === 0) return;
  // A git that was killed leaves its lock behind, or another one has moved the newest state.
  await clearStaleLocks(shadow);
  const second = await tryImport(shadow, more);
  if (second.exitCode === 0) return;
  throw new HoldfastError(
    'execution_error',
    `states of the workspace cannot be kept: ${second.stderr.trim().slice(0, 1_000)}`,
  );
}

async function tryImport(
  shadow: Shadow,
  more: readonly Buffer[],
): Promise<{ readonly exitCode: number; readonly stderr: string }> {
  const waiting = await listWaiting(shadow);
  if (waiting.length + more.length === 0) return { exitCode: 0, stderr: '' };
  const newest = await tip(shadow);
  // A process that died between the import and the removal left states that are there already, up to the newest.
  const known = waiting.findLastIndex(({ step }) => newest !== undefined && isStep(step, newest));
  const steps = [...waiting.slice(known + 1).map(({ step }) => step), ...more];
  if (steps.length > 0) {
    const from = `reset ${stepsRef}\nfrom ${newest?.commit ?? baselineRef}^0\n\n`;
    const input = Buffer.concat([Buffer.from(from), ...steps, Buffer.from('done\n')]);
    const command = onShadow(shadow, ['fast-import', '--quiet', '--done'], { input });
    const done = await tryGit(shadow.git, command);
    if (done.exitCode !== 0) return done;
  }
  await removeWaiting(waiting);
  return { exitCode: 0, stderr: '' };
}

interface Tip {
  readonly commit: string;
  readonly message: string;
}

function isStep(step: Buffer, { message }: Tip): boolean {
  const head = step.subarray(0, 4_096).toString('utf8');
  return head.split('\n', 4)[3] === message;
}

async function tip(shadow: Shadow): Promise<Tip | undefined> {
  const args = ['log', '-1', '--format=%H %s', stepsRef, '--'];
  const found = await tryGit(shadow.git, onShadow(shadow, args));
  if (found.exitCode !== 0) return undefined;
  const line = found.stdout.toString('utf8').trimEnd();
  const space = line.indexOf(' ');
  return { commit: line.slice(0, space), message: line.slice(space + 1) };
}

/** Every state, the baseline first. */
export async function listSteps(shadow: Shadow): Promise<readonly Step[]> {
  await importSteps(shadow);
  const newest = (await tip(shadow))?.commit ?? baselineRef;
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
