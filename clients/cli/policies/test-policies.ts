import { basename, resolve } from 'node:path';

import {
  evaluatePolicy,
  type EvaluatePolicyContext,
} from '../../../activities/commands/inspect.ts';
import type { VerdictType } from '../../../domain/policy/verdict.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { PolicyCases } from '../../../storage/administration.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';
import { judgingOf, verdictStyle } from './evaluate-policy.ts';

/** Options of `policies test` as commander gives them. */
export interface TestOptions {
  readonly policy?: string;
  readonly file?: string;
  readonly workspace?: string;
  readonly project?: string;
}

/** A case that policy judges differently from what was expected. */
interface Difference {
  readonly line: number;
  readonly call: string;
  readonly expected: { readonly verdict: VerdictType; readonly rule?: string };
  readonly got: { readonly verdict: VerdictType; readonly rule: string };
  readonly why: readonly string[];
}

/** Holds a policy against the cases of a file and shows every difference. */
export async function testPolicies(
  context: CommandContext,
  path: string,
  options: TestOptions,
): Promise<void> {
  const { readPolicyCases } = await import('../../../storage/administration.ts');
  const { policy: named, cases } = await readPolicyCases(resolve(context.workingFolder, path));
  const isNamed = options.policy !== undefined || options.file !== undefined || named === undefined;
  const judging = await judgingOf(context, isNamed ? options : { ...options, policy: named });
  const policies = new Set<string>();
  const differences: Difference[] = [];
  for (const one of cases) {
    const { difference, policy } = await tried(one, judging, basename(path));
    policies.add(policy);
    if (difference !== undefined) differences.push(difference);
  }
  const document = { cases: cases.length, policy: [...policies][0], differences };
  context.output.result(document, (styles) =>
    testText(document, { styles, file: basename(path), width: context.output.width() }),
  );
  if (differences.length > 0) context.setExitCode(1);
}

type PlacedCase = PolicyCases['cases'][number];

async function tried(
  { command, tool, arguments: args, line, verdict, rule }: PlacedCase,
  judging: EvaluatePolicyContext,
  file: string,
): Promise<{ readonly difference: Difference | undefined; readonly policy: string }> {
  const call =
    command === undefined
      ? { tool: tool ?? '', arguments: args ?? {} }
      : { tool: 'shell', arguments: { command } };
  try {
    const got = await evaluatePolicy(call, judging);
    const isSame = got.verdict === verdict && (rule === undefined || rule === got.rule);
    const difference: Difference = {
      line,
      call: command ?? `${call.tool} ${JSON.stringify(call.arguments)}`,
      expected: { verdict, ...(rule === undefined ? {} : { rule }) },
      got: { verdict: got.verdict, rule: got.rule },
      why: got.why,
    };
    return { difference: isSame ? undefined : difference, policy: got.policy };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // A tool that does not exist is a mistake of the file, and the person has to find the place.
    const hint = error.suggestion === undefined ? {} : { suggestion: error.suggestion };
    throw new HoldfastError('invalid_argument', `${file}:${line}: ${error.message}`, hint);
  }
}

function testText(
  {
    cases,
    policy,
    differences,
  }: {
    readonly cases: number;
    readonly policy: string | undefined;
    readonly differences: readonly Difference[];
  },
  {
    styles,
    file,
    width,
  }: { readonly styles: Styles; readonly file: string; readonly width: number },
): string {
  const summary =
    differences.length === 0
      ? styles.good(`${cases} cases, all as expected`)
      : styles.bad(`${cases} cases, ${differences.length} differ`);
  const end = `${summary}  (policy ${policy ?? ''})\n`;
  if (differences.length === 0) return end;
  const cell = ({ verdict, rule }: { readonly verdict: VerdictType; readonly rule?: string }) => ({
    text: rule === undefined ? verdict : `${verdict} by ${rule}`,
    style: verdictStyle(verdict, styles),
  });
  const table = renderTable(
    {
      columns: [
        { title: 'place' },
        { title: 'expected' },
        { title: 'got' },
        { title: 'call', shrinksTo: 20 },
      ],
      rows: differences.map(({ line, expected, got, call }) => [
        `${file}:${line}`,
        cell(expected),
        cell(got),
        call,
      ]),
    },
    width,
  );
  return `${table}${end}`;
}
