import { resolve } from 'node:path';

import {
  evaluatePolicy,
  type EvaluatePolicyContext,
  type InspectedCall,
} from '../../../activities/commands/inspect.ts';
import type { PolicyEvaluation } from '../../../activities/commands/inspect.ts';
import { createManifestReader, createPathResolver } from '../../../activities/workspace/inspect.ts';
import { errorEnvelope, HoldfastError } from '../../../domain/failures.ts';
import type { CommandContext } from '../command-context.ts';
import type { VerdictType } from '../../../domain/policy/verdict.ts';
import { jsonLine } from '../output/output.ts';
import type { Styles } from '../output/styles.ts';
import { singleLine } from '../output/text-width.ts';
import { stdinLines } from '../read-stdin.ts';
import { wrongUse } from '../wrong-use.ts';
import { callOfLine, callOfOptions } from './inspected-call.ts';
import { profileInFile, profileNamed, scopesWith, usualPolicy } from './policy-profiles.ts';
import { projectOf } from '../run/project-of.ts';

/** Options of `policies evaluate` as commander gives them. */
export interface EvaluateOptions {
  readonly policy?: string;
  readonly file?: string;
  readonly tool?: string;
  readonly arg?: { readonly [name: string]: string };
  readonly args?: string;
  readonly stdin?: boolean;
  readonly workspace?: string;
  readonly project?: string;
}

/** Says what policy would decide: on one call, or on every line of standard input. */
export async function evaluatePolicies(
  context: CommandContext,
  options: EvaluateOptions,
): Promise<void> {
  const judging = await judgingOf(context, options);
  if (options.stdin === true) {
    await evaluateLines(context, judging);
    return;
  }
  const call = callOfOptions(options);
  const evaluation = await evaluatePolicy(call, judging);
  context.output.result(evaluation, (styles) => evaluationText(evaluation, styles));
}

/**
 * The policies that would count for a run with these options, and its folder; the usual profile when they name none.
 *
 * @throws {HoldfastError} invalid_argument, not_found
 */
export async function judgingOf(
  context: CommandContext,
  {
    policy,
    file,
    workspace,
    project,
  }: Pick<EvaluateOptions, 'policy' | 'file' | 'workspace' | 'project'>,
): Promise<EvaluatePolicyContext> {
  if (policy !== undefined && file !== undefined) {
    throw wrongUse('--policy and --file name two profiles', 'leave one of them out');
  }
  const folder = workspace === undefined ? undefined : resolve(context.workingFolder, workspace);
  const own =
    file === undefined
      ? await profileNamed(context, policy ?? usualPolicy(context))
      : await profileInFile(context, file);
  const profiles = await scopesWith(
    context,
    own,
    project ?? projectOf(folder ?? context.workingFolder),
  );
  if (folder === undefined) return { profiles };
  return {
    profiles,
    readManifest: createManifestReader(folder),
    resolvePath: createPathResolver(folder),
  };
}

/** One line out for each line in, in their order; a line that is no call gets an error at its place. */
async function evaluateLines(
  context: CommandContext,
  judging: EvaluatePolicyContext,
): Promise<void> {
  const { json } = context.flags();
  const styles = context.output.dataStyles();
  for await (const text of stdinLines(context)) {
    // Blank lines stand between calls, not for one.
    if (text.trim() === '') continue;
    const { call, answer } = await evaluateLine(text, judging);
    if (json) context.stdout.write(jsonLine(answer));
    else context.stdout.write(`${lineText(call, answer, styles)}\n`);
  }
}

interface EvaluatedLine {
  readonly call: InspectedCall | undefined;
  readonly answer: PolicyEvaluation | ReturnType<typeof errorEnvelope>;
}

async function evaluateLine(text: string, judging: EvaluatePolicyContext): Promise<EvaluatedLine> {
  try {
    const call = callOfLine(text);
    return { call, answer: await evaluatePolicy(call, judging) };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { call: undefined, answer: errorEnvelope(error) };
  }
}

function lineText(
  call: InspectedCall | undefined,
  answer: EvaluatedLine['answer'],
  styles: Styles,
): string {
  if ('code' in answer) return `${styles.bad('error')}  ${singleLine(answer.message)}`;
  const { command, path, url } = call?.arguments ?? {};
  const about = [command, path, url].find((value) => typeof value === 'string') ?? '';
  const verdict = verdictStyle(answer.verdict, styles)(answer.verdict.padEnd(5));
  return `${verdict}  ${answer.rule}  ${call?.tool ?? ''} ${singleLine(about)}`.trimEnd();
}

/** How a verdict is shown. */
export function verdictStyle(verdict: VerdictType, styles: Styles): (text: string) => string {
  return { allow: styles.good, ask: styles.warn, deny: styles.bad }[verdict];
}

function evaluationText(
  { verdict, rule, policy, why, commands }: PolicyEvaluation,
  styles: Styles,
): string {
  const words = commands.map(({ argv, via }) => {
    const wrapped = via.length === 0 ? '' : `   (in ${via.join(', ')})`;
    return `  ${singleLine(argv.join(' '))}${wrapped}`;
  });
  const lines = [
    `${verdictStyle(verdict, styles)(styles.bold(verdict))} by ${rule}`,
    `policy ${policy}`,
    ...(words.length === 0 ? [] : ['commands:', ...words]),
    'why:',
    ...why.map((reason) => `  ${singleLine(reason)}`),
  ];
  return `${lines.join('\n')}\n`;
}
