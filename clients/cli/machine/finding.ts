/** One thing that doctor looked at. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly detail: string;
  /** The command that mends it; absent when all is well. */
  readonly mend?: string;
}

/** Exit code of doctor: 0 healthy, 1 warnings, 2 errors. */
export function doctorExitCode(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === 'error')) return 2;
  return findings.some(({ level }) => level === 'warning') ? 1 : 0;
}
