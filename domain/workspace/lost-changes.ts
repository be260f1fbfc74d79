import type { EffectState } from '../effects/effect-record.ts';

/** A call whose changes of files may be missing in a restored workspace. */
export interface LostChange {
  readonly callId: string;
  readonly tool: string;
  readonly state: EffectState;
  /** One line, as people saw it. */
  readonly preview: string;
}

/** What a restored workspace lacks. */
export interface WorkspaceLoss {
  /** Host that held the workspace. */
  readonly from: string;
  /** State of the files that came back: when the bundle was begun, ISO 8601. */
  readonly asOf: string;
  /** Calls behind the bundle, oldest first. */
  readonly lost: readonly LostChange[];
  /** Files that no bundle holds: excluded by the settings, unreadable, or no plain files. */
  readonly leftOut: readonly string[];
  readonly leftOutCount: number;
}

/** Tools that write one file, all of it or nothing, and look at it first when nobody saw their end. */
const wholeFileTools: ReadonlySet<string> = new Set(['write_file', 'edit_file']);

/**
 * Of the effects behind a bundle those whose changes are lost. A file that was not written cannot be lost; a write whose
 * end nobody saw is looked for in the restored files and performed then.
 */
export function lostChanges(effects: readonly LostChange[]): readonly LostChange[] {
  return effects.filter(
    ({ tool, state }) => !wholeFileTools.has(tool) || state === 'committed' || state === 'unknown',
  );
}

/** True when a person and the model have to know before the run goes on. */
export function isIncomplete({ lost, leftOutCount }: WorkspaceLoss): boolean {
  return lost.length > 0 || leftOutCount > 0;
}

/** Most calls and files that words name; the events of the run name more. */
const maxNamed = 12;

/** Why the run waits, for the person who decides. */
export function lossForPerson(loss: WorkspaceLoss): string {
  const calls = loss.lost.map(({ preview }) => preview);
  const missing = [
    ...(calls.length === 0 ? [] : [`what these calls changed later is missing: ${named(calls)}`]),
    ...(loss.leftOutCount === 0
      ? []
      : [`no bundle holds ${named(loss.leftOut, loss.leftOutCount)}`]),
  ];
  return `the workspace of host ${loss.from} was lost and is restored as of ${loss.asOf}; ${missing.join('; ')}`;
}

/** What the model has to know before it goes on. */
export function lossForModel(loss: WorkspaceLoss): string {
  const lines = [
    `The workspace was lost and has been restored from a copy of ${loss.asOf}.`,
    ...(loss.lost.length === 0
      ? []
      : [
          'The changes of these calls are NOT in it, although their results say otherwise:',
          ...loss.lost.slice(0, maxNamed).map(({ preview }) => `- ${preview.slice(0, 120)}`),
          ...more(loss.lost.length),
        ]),
    ...(loss.leftOutCount === 0
      ? []
      : [
          'These files were not copied and are missing:',
          ...loss.leftOut.slice(0, maxNamed).map((path) => `- ${path.slice(0, 120)}`),
          ...more(loss.leftOutCount),
        ]),
    'Read files again before you rely on them, and do again what is still needed.',
  ];
  return lines.join('\n');
}

function more(count: number): readonly string[] {
  return count > maxNamed ? [`- and ${count - maxNamed} more`] : [];
}

function named(all: readonly string[], count = all.length): string {
  const some = all.slice(0, 3).map((text) => text.slice(0, 60));
  return count > some.length
    ? `${some.join(', ')} and ${count - some.length} more`
    : some.join(', ');
}
