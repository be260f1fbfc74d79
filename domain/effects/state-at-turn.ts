/** A state of a workspace: which call it was taken before or after; undefined for how the run found it. */
interface LabelledState {
  readonly label: { readonly when: 'before' | 'after'; readonly callId: string } | undefined;
}

/** A moment of a run, by the calls around it that changed files. */
export interface BetweenChanges {
  /** The last one before; undefined when there was none. */
  readonly lastChange: string | undefined;
  /** The first one behind it; undefined when there was none. */
  readonly nextChange: string | undefined;
}

/** Number of the turn that a call belongs to; 0 when its id has none. */
export function turnOfCall(callId: string): number {
  return Number(/\/t(\d+)\/c\d+$/.exec(callId)?.[1] ?? 0);
}

/**
 * The state of a workspace between two changes: what was kept behind the one or before the other. Undefined when neither
 * was. `states` are in their order, oldest first; what stands before the run's own calls is how it was begun.
 */
export function stateBetween<State extends LabelledState>(
  states: readonly State[],
  { lastChange, nextChange }: BetweenChanges,
): State | undefined {
  const find = (when: 'before' | 'after', callId: string): State | undefined =>
    states.findLast(({ label }) => label?.when === when && label.callId === callId);
  if (lastChange !== undefined) {
    return (
      find('after', lastChange) ??
      (nextChange === undefined ? undefined : find('before', nextChange))
    );
  }
  const next = states.findIndex(({ label }) => label?.callId === nextChange);
  if (nextChange === undefined || next === -1) return states.at(-1);
  return states[next]?.label?.when === 'before' ? states[next] : states[next - 1];
}
