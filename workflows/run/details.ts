import type { Approval } from '../../domain/approval/approval.ts';
import { isForAnybody } from '../../domain/approval/terms.ts';
import { lockWait } from '../../domain/locks/call-locks.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import type { RunDesk } from './run-desk.ts';

/** The live page of a run in the Temporal UI, as Markdown: where it is, what waits, and how to answer. */
export function detailsOf(desk: RunDesk): string {
  const { agent, pins, status, pause } = desk;
  const key = runKeyOf(agent.ref.runId);
  const cost =
    agent.spent.microUsd === null ? 'unknown' : `$${(agent.spent.microUsd / 1e6).toFixed(4)}`;
  const lines = [
    `**${escapeMarkdown(pins.title)}**`,
    '',
    `| status | turn | tokens in / out | cost |`,
    `|---|---|---|---|`,
    `| ${status}${pause === null ? '' : `: ${pause}`} | ${agent.turn} of ${pins.limits.maxTurns} | ${agent.spent.tokensIn} / ${agent.spent.tokensOut} | ${cost} |`,
    ...lockLines(desk),
    ...agent.approvals
      .filter(({ state }) => state === 'open')
      .flatMap((open) => approvalLines(open)),
    ...(desk.lastRefusal === undefined
      ? []
      : ['', `The newest message did not count: ${escapeMarkdown(desk.lastRefusal)}`]),
    ...(desk.isHeld && pause === null
      ? ['', 'A pause was asked for; it begins when the present step has ended.']
      : []),
    ...(!desk.isHeld || pause === null
      ? []
      : ['', `Go on with \`holdfast runs resume ${key}\` or the signal \`resume\`.`]),
  ];
  return lines.join('\n');
}

function lockLines(desk: RunDesk): readonly string[] {
  const wait = lockWait(desk.locks);
  return wait === undefined ? [] : ['', escapeMarkdown(`The run ${wait}.`)];
}

function approvalLines(approval: Approval): readonly string[] {
  const id = approval.approvalId;
  const head = [
    '',
    `### Waits for a person: ${approval.kind}`,
    '',
    escapeMarkdown(approval.subject),
    '',
  ];
  if (approval.kind === 'effect_unknown') {
    return [
      ...head,
      `\`holdfast effects settle ${approval.callId ?? id} --happened | --did-not-happen | --run-again\``,
    ];
  }
  if (approval.kind === 'question') {
    return [
      ...head,
      `\`holdfast answer ${id} "…"\` or the signal \`answer\` with \`{"approvalId": "${id}", "answer": "…"}\``,
    ];
  }
  if (!isForAnybody(approval.terms)) {
    return [
      ...head,
      `Asked by rule \`${approval.rule}\`. \`holdfast approve ${id}\` or \`holdfast reject ${id} "why"\`, by people with a key of their own: a plain signal does not count here.`,
    ];
  }
  return [
    ...head,
    `Asked by rule \`${approval.rule}\`. \`holdfast approve ${id}\`, \`holdfast reject ${id} "why"\`, the update \`decideApproval\` or the signal \`approve\` with \`{"approvalId": "${id}"}\``,
  ];
}

// SAFETY: a preview holds words of the model; they must stay text in the page that shows them.
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>()#|!]/g, String.raw`\$&`);
}
