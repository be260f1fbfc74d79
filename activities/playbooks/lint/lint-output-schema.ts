import { z } from 'zod';

import type { LintFinding, LintSeverity } from '../../../domain/playbooks/lint-suggestions.ts';

const place = z.object({ line: z.int() });

/** What `ansible-lint -f json` prints: the report format of Code Climate. */
const outputSchema = z.array(
  z.object({
    check_name: z.string(),
    severity: z.enum(['blocker', 'critical', 'major', 'minor', 'info']),
    description: z.string(),
    content: z.object({ body: z.string() }).optional(),
    location: z.object({
      path: z.string(),
      lines: z.object({ begin: z.union([z.int(), place]) }).optional(),
      positions: z.object({ begin: place }).optional(),
    }),
  }),
);

const severities: Readonly<Record<string, LintSeverity>> = { minor: 'warning', info: 'info' };

/** Reads the linter's output; undefined when it is something else. */
export function parseLintOutput(text: string): readonly LintFinding[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return outputSchema.safeParse(value).data?.map((finding) => {
    const { path, lines, positions } = finding.location;
    const begin = positions?.begin ?? lines?.begin ?? 1;
    return {
      ruleId: finding.check_name,
      message: finding.description,
      file: path,
      line: typeof begin === 'number' ? begin : begin.line,
      severity: severities[finding.severity] ?? 'error',
    };
  });
}
