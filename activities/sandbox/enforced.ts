import { HoldfastError } from '../../domain/failures.ts';

/** The layers that close a command in. */
const sandboxLayers = [
  'namespaces',
  'seccomp',
  'user',
  'network',
  'memory',
  'processes',
  'cpu',
  'storage',
] as const;

export type SandboxLayer = (typeof sandboxLayers)[number];

/** What holds a layer. */
export type LayerMechanism =
  | 'bubblewrap'
  | 'seccomp'
  | 'setuid'
  | 'cgroup-v2'
  | 'cgroup-v1'
  | 'rlimit'
  | 'polling';

/** Whether a layer was asked for and is really there; `reason` says why it is not, and what to do. */
export interface LayerState {
  readonly requested: boolean;
  readonly applied: boolean;
  readonly by?: LayerMechanism;
  readonly reason?: string;
}

/** State of every layer. */
export type Enforced = { readonly [layer in SandboxLayer]: LayerState };

/** A layer that holds. */
export function applied(by: LayerMechanism): LayerState {
  return { requested: true, applied: true, by };
}

/** A layer that was wanted and does not hold. */
export function missing(reason: string): LayerState {
  return { requested: true, applied: false, reason };
}

/** A layer that nobody asked for. */
export function notRequested(reason: string): LayerState {
  return { requested: false, applied: false, reason };
}

/** Without these nothing is a sandbox: no setting makes them optional. */
const indispensable: readonly SandboxLayer[] = ['namespaces', 'seccomp'];

/**
 * Refuses to go on when a layer is missing that may not be missing.
 * @throws {HoldfastError} sandbox_unavailable, naming the layers.
 */
export function requireLayers(enforced: Enforced, optional: readonly SandboxLayer[]): void {
  const broken = sandboxLayers.filter((layer) => {
    const { requested, applied: holds } = enforced[layer];
    if (!requested || holds) return false;
    return indispensable.includes(layer) || !optional.includes(layer);
  });
  if (broken.length === 0) return;
  const reasons = broken.map((layer) => `${layer}: ${enforced[layer].reason ?? 'not applied'}`);
  throw new HoldfastError(
    'sandbox_unavailable',
    `this machine cannot hold the sandbox layer ${broken.join(', ')}; nothing was run`,
    {
      suggestion: `${reasons.join('; ')}. See docs/guides/sandbox.md, or ask \`holdfast doctor\`.`,
      details: { layers: broken, enforced },
    },
  );
}
