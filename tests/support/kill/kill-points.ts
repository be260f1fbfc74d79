import type { Phase } from '../../../activities/effects/dependencies.ts';
import { seeded } from './kill-random.ts';

/** When a worker is killed. */
export type KillPoint =
  | {
      readonly type: 'phase';
      readonly phase: Phase;
      /** The worker stops the nth time it gets there. */
      readonly nth: number;
      readonly after: Recovery;
    }
  | { readonly type: 'continue-as-new'; readonly after: Recovery }
  | {
      readonly type: 'random';
      /** Event of the run after which the clock starts. */
      readonly event: number;
      readonly delayMs: number;
      readonly after: Recovery;
    };

/** How Temporal learns of the death: at once by whoever reaped the worker, or by its time-outs. */
export type Recovery = 'told' | 'timed-out';

/** Name of a point in the table. */
export function nameOf(point: KillPoint): string {
  return point.type === 'phase' ? point.phase : point.type;
}

const phase = (name: Phase, nth: number, after: Recovery = 'told'): KillPoint => ({
  type: 'phase',
  phase: name,
  nth,
  after,
});

/** Points of every kind: odd effects of the script edit, even ones run a command. */
const everyPhase: readonly KillPoint[] = [
  phase('model-asked', 1),
  phase('model-asked', 4, 'timed-out'),
  phase('model-answered', 2),
  phase('model-answered', 6),
  phase('before-intent', 1),
  phase('before-intent', 4),
  phase('after-intent', 1, 'timed-out'),
  phase('after-intent', 2),
  phase('after-intent', 4),
  phase('after-act', 2),
  phase('after-act', 3),
  phase('after-act', 4),
  phase('after-outcome', 1),
  phase('after-outcome', 2),
  phase('approval-announced', 1),
  phase('approval-announced', 2),
  { type: 'continue-as-new', after: 'told' },
  { type: 'continue-as-new', after: 'told' },
];

/** Events that a run of the script writes at least. */
const events = 24;

/** Every phase, and so many random moments. */
export function killPoints(seed: number, randomMoments: number): readonly KillPoint[] {
  const random = seeded(seed);
  const moments = Array.from({ length: randomMoments }, (): KillPoint => ({
    type: 'random',
    event: 1 + Math.floor(random() * events),
    delayMs: Math.floor(random() * 120),
    after: 'told',
  }));
  return [...everyPhase, ...moments];
}
