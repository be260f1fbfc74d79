import type { ApprovalDetail } from '../../../inbox-client.ts';
import { diffLines } from '../../live/drawing/diff-lines.ts';
import { distanceText } from '../../live/times.ts';
import { wrapText } from '../../live/drawing/wrap-text.ts';
import type { Styles } from '../../output/styles.ts';
import { padText, safeText, singleLine } from '../../output/text-width.ts';
import { typedId } from '../typed-id.ts';

/** How a card is drawn. */
export interface CardLayout {
  readonly styles: Styles;
  readonly width: number;
  readonly nowMs: number;
}

/** Everything a person needs to decide: what exactly would run, why policy asked, for whom, until when. Never cut. */
export function approvalCard(approval: ApprovalDetail, layout: CardLayout): readonly string[] {
  const { styles } = layout;
  const title = [titles[approval.kind], approval.tool].filter(Boolean).join(': ');
  const risk = approval.risk === 'destructive' ? styles.bad : styles.warn;
  return [
    `${styles.bold(title)}  ${risk(`[${singleLine(approval.risk)}]`)}`,
    ...bodyLines(approval, layout).map((text) => (text === '' ? '' : `  ${text}`)),
    ...section('commands', hasParse(approval) ? [] : approval.commands),
    ...section('paths', isShown(approval) ? [] : approval.paths),
    ...section('hosts', approval.hosts),
    ...section('not understood', hasParse(approval) ? [] : approval.unresolved, styles.warn),
    ...section(
      'why',
      reasons(approval).flatMap((reason) => fitted(reason, layout)),
    ),
    ...section('not as it was asked before', approval.differences, styles.warn),
    ...section(
      'decided so far',
      approval.decisions.map(({ by, decision }) => `${by}: ${decision}`),
    ),
    ...facts(approval, layout),
  ];
}

const titles: { readonly [kind in ApprovalDetail['kind']]: string } = {
  tool_call: 'approval needed',
  question: 'a question',
  budget: 'more money needed',
  effect_unknown: 'nobody saw how this ended',
  definition: 'a definition changed',
  pause: 'a paused run',
};

function bodyLines(approval: ApprovalDetail, { styles, width }: CardLayout): readonly string[] {
  if (approval.kind === 'question') {
    const question = approval.question ?? approval.subject;
    return [
      ...wrapText(safeText(question), { width: width - 2, indent: '' }),
      ...approval.choices.map((choice) => `- ${singleLine(choice)}`),
    ];
  }
  if (approval.detail === '') return [singleLine(approval.subject)];
  return isDiff(approval.detail)
    ? diffLines(approval.detail, styles)
    : withoutEcho(safeText(approval.detail).trimEnd()).split('\n');
}

/** The text of a command without its parse where that is the same one line again. */
function withoutEcho(detail: string): string {
  const [command = '', blank, title, parsed, ...rest] = detail.split('\n');
  const isEcho = blank === '' && title === 'runs:' && parsed?.trim() === command.trim();
  return isEcho ? [command, ...rest].join('\n') : detail;
}

function isDiff(text: string): boolean {
  return /^(?:--- |diff --git )/m.test(text) && /^@@/m.test(text);
}

/** The text of a shell call names its parse already. */
function hasParse({ detail }: ApprovalDetail): boolean {
  return /^(?:runs|not understood):$/m.test(detail);
}

/** A diff names its files already. */
function isShown({ detail }: ApprovalDetail): boolean {
  return isDiff(detail);
}

/** What is only read is broken between words; what would run stays as it is. */
function fitted(text: string, { width }: CardLayout, column = 4): readonly string[] {
  return wrapText(singleLine(text), { width: width - column, indent: '' });
}

/** A question waits because it was asked, not because of a rule. */
function reasons({ kind, why, rule }: ApprovalDetail): readonly string[] {
  if (kind === 'question' || kind === 'pause') return [];
  return why.length === 0 ? [rule] : why;
}

function section(
  title: string,
  lines: readonly string[],
  style: (text: string) => string = (text) => text,
): readonly string[] {
  if (lines.length === 0) return [];
  return [`  ${title}:`, ...lines.map((text) => `    ${style(singleLine(text))}`)];
}

function facts(approval: ApprovalDetail, layout: CardLayout): readonly string[] {
  const { styles, nowMs } = layout;
  const { runKey, runTitle, requestedBy, requestedAt, expiresAt } = approval;
  const { approvalId, required } = approval;
  const pairs = [
    ['run', `${runKey}  ${singleLine(runTitle)}`],
    ['asked by', singleLine(requestedBy)],
    ...(required === null ? [] : [['takes', required]]),
    ['waits', distanceText(requestedAt, nowMs)],
    ...(expiresAt === null ? [] : [['expires', `in ${distanceText(expiresAt, nowMs)}`]]),
    ['id', typedId(approvalId)],
  ];
  return pairs.flatMap(([name = '', value = '']) => {
    const [first = '', ...rest] = fitted(value, layout, factColumn);
    const title = styles.dim(padText(`${name}:`, factColumn - 3, 'left'));
    return [`  ${title} ${first}`, ...rest.map((text) => `${' '.repeat(factColumn)}${text}`)];
  });
}

/** Where the values of the facts begin. */
const factColumn = 13;
