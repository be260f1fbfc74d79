import { HoldfastError } from '../../../domain/failures.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { ApprovalDetail, DecideInput, InboxItem } from '../../inbox-client.ts';
import type { CommandContext } from '../command-context.ts';
import { singleLine } from '../output/text-width.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';
import { answerCommands } from './answer-commands.ts';
import { outcomeOf } from './carry-out.ts';
import type { ApproveOptions } from './decisions.ts';
import { findItem } from './find-item.ts';
import { rememberedNumbers } from './inbox-numbers.ts';
import { canPrompt } from './prompts/prompter.ts';
import { cardLines, cardOf, showCard } from './show-inbox.ts';
import { sortInbox } from './sort-inbox.ts';
import { typedId } from './typed-id.ts';
import { wordsAndId, type WordsAndId } from './words-and-id.ts';

/** What a person wants to say on something that waits, as it was typed. */
export type Typed =
  | {
      readonly type: 'approve';
      readonly typed: string | undefined;
      readonly options: ApproveOptions;
    }
  | {
      readonly type: 'reject' | 'answer';
      /** The id and the words; one alone can be either. */
      readonly typed: readonly [string | undefined, string | undefined];
      readonly yes: boolean | undefined;
    };

/** What was typed, with the id told from the words. */
type Intended =
  | { readonly type: 'approve'; readonly id: string | undefined; readonly options: ApproveOptions }
  | ({ readonly type: 'reject' | 'answer'; readonly yes: boolean | undefined } & WordsAndId);

/** Decides one thing that waits. On a terminal its card is shown and the person confirms. */
export async function decideByCommand(context: CommandContext, typed: Typed): Promise<void> {
  await withClient(context, async (client) => {
    const items = sortInbox(await client.inbox());
    const intended = intendedBy(typed, items);
    const item = await itemOf(context, client, { items, intended });
    requireFit(item, intended);
    const approval = await cardOf(client, item);
    requireOpen(approval);
    const isAsking = canPrompt(context);
    if (isAsking) showCard(context, approval);
    else for (const line of cardLines(context, approval)) context.output.talk(line);
    const decision = await decisionOf(context, approval, intended);
    const isSure = !isAsking || (yesOf(intended) ?? (await confirm(context, decision)));
    if (!isSure) {
      context.output.talk('nothing was decided; it keeps waiting');
      context.setExitCode(1);
      return;
    }
    const answer = await client.decide(decision);
    const shown = { runId: item.runId, subject: item.subject, call: callOf(approval) };
    context.output.result({ ...answer, ...shown }, (styles) => {
      const style = answer.state === 'approved' ? styles.good : styles.warn;
      const line = `${style(outcomeOf(decision, answer))} ${singleLine(item.subject)}\n`;
      if (decision.remember === undefined || answer.state !== 'approved') return line;
      return `${line}for the rest of the run, what matches "${decision.remember}" is not asked again; it is listed with its id by: holdfast runs show ${item.runKey}\n`;
    });
  });
}

/** What was decided on, for programs: the very call, its parse, and why it waited. */
function callOf(approval: ApprovalDetail): JsonObject {
  const { tool, arguments: args, detail, commands, paths, hosts, unresolved, why } = approval;
  return {
    tool,
    arguments: args,
    detail,
    commands: [...commands],
    paths: [...paths],
    hosts: [...hosts],
    unresolved: [...unresolved],
    why: [...why],
    digest: approval.digest,
  };
}

function intendedBy(typed: Typed, items: readonly InboxItem[]): Intended {
  if (typed.type === 'approve') {
    return { type: 'approve', id: typed.typed, options: typed.options };
  }
  return { type: typed.type, yes: typed.yes, ...wordsAndId(typed.typed, items) };
}

const fitting: { readonly [type in Intended['type']]: readonly InboxItem['kind'][] } = {
  approve: ['tool_call', 'definition', 'budget'],
  reject: ['tool_call', 'definition', 'budget', 'question'],
  answer: ['question'],
};

/** What is not in the inbox any more is looked up all the same, to say who decided it. */
async function itemOf(
  context: CommandContext,
  client: HoldfastClient,
  { items, intended }: { readonly items: readonly InboxItem[]; readonly intended: Intended },
): Promise<InboxItem> {
  const typed = intended.id;
  const numbered = await rememberedNumbers(context.home);
  try {
    return findItem({ typed, items, numbered, kinds: fitting[intended.type] });
  } catch (error) {
    const isNumber = typed !== undefined && /^\d{1,4}$/.test(typed);
    const id = isNumber ? numbered?.[Number(typed) - 1] : typed;
    const before = id === undefined ? undefined : await approvalOf(client, id);
    if (before === undefined) throw error;
    return before;
  }
}

async function approvalOf(client: HoldfastClient, id: string): Promise<ApprovalDetail | undefined> {
  try {
    return await client.getApproval(id);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** @throws {HoldfastError} conflict with who decided and when. */
function requireOpen({ state, approvalId, decisions }: ApprovalDetail): void {
  if (state === 'open') return;
  const last = decisions.at(-1);
  const who = last === undefined ? '' : ` by ${last.by} at ${last.at}`;
  throw new HoldfastError('conflict', `${typedId(approvalId)} was ${state} already${who}`, {
    suggestion: 'see what waits now with: holdfast inbox',
    details: { approvalId, state, decisions: decisions.map((decision) => ({ ...decision })) },
  });
}

function requireFit(item: InboxItem, { type }: Intended): void {
  if (fitting[type].includes(item.kind)) return;
  const what = {
    question: 'this is a question',
    tool_call: 'this is no question but a call',
    budget: 'this is no question but a budget',
    definition: 'this is no question but a changed definition',
    effect_unknown: 'nobody saw how this ended: say what you found out',
    pause: 'this run is paused',
  };
  throw wrongUse(what[item.kind], answerCommands(item).slice(0, 2).join(', or '));
}

function yesOf(intended: Intended): boolean | undefined {
  return intended.type === 'approve' ? intended.options.yes : intended.yes;
}

async function decisionOf(
  context: CommandContext,
  approval: ApprovalDetail,
  intended: Intended,
): Promise<DecideInput> {
  const seen = {
    approval: approval.approvalId,
    ...(approval.digest === '' ? {} : { digest: approval.digest }),
  };
  switch (intended.type) {
    case 'approve': {
      const { with: changed, remember, raise } = intended.options;
      if (isOwnLimit(approval) && raise === undefined) {
        throw wrongUse(
          'say by how much the limit is raised',
          `holdfast approve ${typedId(approval.approvalId)} --raise 1.00`,
        );
      }
      return {
        ...seen,
        decision: 'approve',
        ...(changed === undefined ? {} : { arguments: changed }),
        ...(remember === undefined ? {} : { remember }),
        ...(raise === undefined ? {} : { raiseMicroUsd: raise }),
      };
    }
    case 'reject':
      return { ...seen, decision: 'reject', reason: await wordsOf(context, intended.words) };
    case 'answer':
      return { ...seen, decision: 'approve', answer: await wordsOf(context, intended.words) };
  }
}

/**
 * The limit of the run itself is raised by an amount. A budget that runs share says what it allows without one, and
 * calls without a price are let through, however many.
 */
function isOwnLimit({ kind, rule }: ApprovalDetail): boolean {
  return kind === 'budget' && rule === 'run';
}

async function wordsOf(context: CommandContext, words: string | undefined): Promise<string> {
  if (words !== undefined && words.trim() !== '') return words;
  const missing = wrongUse('the words are missing', 'write them after the id, in quotes');
  if (!canPrompt(context)) throw missing;
  const prompter = await context.prompter();
  const typed = await prompter.text({ message: 'Your words', isRequired: true });
  if (typed === undefined) throw missing;
  return typed;
}

async function confirm(context: CommandContext, decision: DecideInput): Promise<boolean> {
  const prompter = await context.prompter();
  if (decision.arguments !== undefined) {
    context.stdout.write(`with: ${JSON.stringify(decision.arguments)}\n`);
  }
  return (await prompter.confirm({ message: questionOf(decision) })) === true;
}

function questionOf({ decision, answer, remember, raiseMicroUsd }: DecideInput): string {
  if (decision === 'reject') return 'Reject it?';
  if (answer !== undefined) return 'Send this answer?';
  if (remember !== undefined)
    return `Approve it, and let what matches "${remember}" run unasked for the rest of the run?`;
  if (raiseMicroUsd !== undefined) return 'Raise the limit?';
  return 'Approve it?';
}
