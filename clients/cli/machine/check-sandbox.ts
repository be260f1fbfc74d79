import { probeSandbox } from '../../../activities/sandbox/inspect.ts';
import type { CommandContext } from '../command-context.ts';
import type { Finding } from './finding.ts';

/** Layers without which nothing is run at all. */
const indispensable = new Set(['namespaces', 'seccomp']);

/** Finds out by trying which layers of the sandbox hold on this machine. */
export async function checkSandbox(
  context: CommandContext,
  stateFolder: string,
): Promise<readonly Finding[]> {
  const { enforced, toolchainProblem } = await probeSandbox({
    stateFolder,
    environment: context.environment,
  });
  const layers = Object.entries(enforced).map(([layer, state]): Finding => {
    const name = `sandbox ${layer}`;
    if (state.applied)
      return { name, level: 'ok', detail: `holds, by ${state.by ?? 'the sandbox'}` };
    const detail = state.reason ?? 'does not hold';
    if (!state.requested) return { name, level: 'ok', detail };
    const level = indispensable.has(layer) ? 'error' : 'warning';
    return { name, level, detail, mend: 'see docs/guides/sandbox.md' };
  });
  if (toolchainProblem === undefined) return layers;
  return [
    ...layers,
    {
      name: 'sandbox toolchains',
      level: 'warning',
      detail: toolchainProblem,
      mend: 'see docs/guides/sandbox.md',
    },
  ];
}
