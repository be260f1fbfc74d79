import { listSteps } from './checkpoints/chain.ts';
import { tryGit } from './git/git-program.ts';
import { onShadow, shadowGit, type Shadow } from './git/shadow-repository.ts';

/** Content of a file before a call; null when there was none, undefined when that state was not kept. */
export async function contentBefore(
  shadow: Shadow,
  callId: string,
  path: string,
): Promise<Buffer | null | undefined> {
  const steps = await listSteps(shadow);
  const before = steps.find(({ label }) => label?.when === 'before' && label.callId === callId);
  const after = steps.findIndex(({ label }) => label?.when === 'after' && label.callId === callId);
  const step = before ?? (after === -1 ? undefined : steps[after - 1]);
  if (step === undefined) return undefined;
  const name = `${step.commit}:${path}`;
  const found = await tryGit(shadow.git, onShadow(shadow, ['cat-file', '-e', name]));
  return found.exitCode === 0 ? shadowGit(shadow, 'cat-file', 'blob', name) : null;
}
