import type { Phase } from '../../../activities/effects/dependencies.ts';
import { oneOf, seeded } from '../kill/kill-random.ts';

/** What happens to a part of the system. A rolled-back store is put back to how it was at the moment of the fault. */
const faults = [
  'worker killed',
  'worker frozen',
  'database killed',
  'Temporal killed',
  'database rolled back',
  'Temporal rolled back',
] as const;

export type Fault = (typeof faults)[number];

/** When it happens. */
export type Moment =
  | {
      readonly type: 'phase';
      readonly phase: Phase;
      /** The worker stops itself the nth time that one of the runs gets there. */
      readonly nth: number;
    }
  | { readonly type: 'continue-as-new' }
  | {
      readonly type: 'random';
      /** Event of the first run after which the clock starts. */
      readonly event: number;
      readonly delayMs: number;
    };

/** One fault in the middle of some runs. */
export interface Strike {
  readonly fault: Fault;
  readonly moment: Moment;
  /** How Temporal learns of a dead worker: at once by whoever reaped it, or by its time-outs. */
  readonly recovery: 'told' | 'timed-out';
  /** Time between the copy of a store and its return, in milliseconds. */
  readonly progressMs: number;
}

/** Names of the moments in the table. */
export function momentName(moment: Moment): string {
  return moment.type === 'phase' ? moment.phase : moment.type;
}

/** What a strike is called in the list of tests. */
export function strikeName({ fault, moment, recovery, progressMs }: Strike): string {
  const where =
    moment.type === 'phase'
      ? `${moment.phase} ${moment.nth}`
      : moment.type === 'random'
        ? `event ${moment.event} + ${moment.delayMs} ms`
        : moment.type;
  const after = fault.endsWith('back') ? `, ${progressMs} ms later` : '';
  return `${fault} at ${where}${after}${recovery === 'timed-out' ? ', by time-outs' : ''}`;
}

/** How often one of two runs gets to a phase at least, and how many of these are of interest. */
const visits: readonly { readonly phase: Phase; readonly most: number }[] = [
  { phase: 'model-asked', most: 8 },
  { phase: 'model-answered', most: 8 },
  { phase: 'before-intent', most: 5 },
  { phase: 'after-intent', most: 5 },
  { phase: 'after-act', most: 5 },
  { phase: 'after-outcome', most: 5 },
  { phase: 'approval-announced', most: 3 },
];
/** Events that a run writes at least. */
const events = 24;

/** Every fault at every phase, and each of them at so many random moments; the order is mixed. */
export function everyStrike(seed: number, randomMoments: number): readonly Strike[] {
  const random = seeded(seed);
  const strikes = faults.flatMap((fault): Strike[] => {
    const atPhases = visits.map(({ phase, most }): Moment => ({
      type: 'phase',
      phase,
      nth: upTo(random, most),
    }));
    const atRandom = Array.from({ length: randomMoments }, (): Moment => ({
      type: 'random',
      event: upTo(random, events),
      delayMs: Math.floor(random() * 120),
    }));
    return [...atPhases, ...atRandom].map((moment) => ({
      fault,
      moment,
      recovery: 'told',
      progressMs: 50 + Math.floor(random() * 1_500),
    }));
  });
  const more: readonly Strike[] = [
    strike('worker killed', { type: 'continue-as-new' }),
    { ...strike('worker killed', at('after-intent', 1)), recovery: 'timed-out' },
    { ...strike('worker killed', at('model-asked', 4)), recovery: 'timed-out' },
  ];
  return [...strikes, ...more];
}

/** A few of every kind, and each phase at least once. Workers are killed and frozen at every phase by tests of their own. */
export function someStrikes(seed: number): readonly Strike[] {
  const random = seeded(seed);
  return [
    { ...strike('worker killed', at('after-intent', 1)), recovery: 'timed-out' },
    strike('database killed', at('model-asked', 3)),
    strike('Temporal killed', at('model-answered', 2)),
    strike('Temporal killed', at('after-act', 2)),
    strike('database rolled back', at('before-intent', 1)),
    strike('database rolled back', at('after-outcome', 3)),
    strike('Temporal rolled back', at('after-intent', oneOf([2, 4], random))),
    strike('Temporal rolled back', at('approval-announced', 1)),
    strike('database killed', {
      type: 'random',
      event: upTo(random, events),
      delayMs: Math.floor(random() * 120),
    }),
  ];
}

/** A whole number from 1 on. */
function upTo(random: () => number, most: number): number {
  return 1 + Math.floor(random() * most);
}

function at(phase: Phase, nth: number): Moment {
  return { type: 'phase', phase, nth };
}

function strike(fault: Fault, moment: Moment): Strike {
  return { fault, moment, recovery: 'told', progressMs: 600 };
}
