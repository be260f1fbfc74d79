/**
 * Which variables a text sets, and what was taken for granted about them. Like files, the order of the text does not
 * count: functions and traps run at other times than they are written at.
 */
export class VariableUse {
  private readonly names = new Set<string>();
  private readonly ofShell = new Set<string>();
  private readonly assumed = new Map<string, string>();

  /** A variable that is set in any way. */
  set(name: string): void {
    this.names.add(name);
  }

  /** A variable of the shell whose name may be one of the environment: programs then get the new value. */
  setInShell(name: string): void {
    this.ofShell.add(name);
  }

  /** What `label` runs was read as if nothing had set this variable. */
  assumeUnset(name: string, label: string): void {
    this.assumed.set(name, label);
  }

  /** Why programs may get other variables than was thought; `startsPrograms` when any runs that variables can change. */
  reasons(startsPrograms: boolean): string[] {
    const changed = [...this.assumed]
      .filter(([name]) => this.names.has(name))
      .map(([name, label]) => `${label}: the text sets ${name}, which its makefile uses`);
    const passed = startsPrograms
      ? [...this.ofShell].map((name) => `setting ${name} may change what programs do`)
      : [];
    return [...changed, ...passed];
  }
}
