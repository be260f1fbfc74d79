import { errorEnvelope, HoldfastError } from '../../../../domain/failures.ts';
import type { HoldfastClient } from '../../../holdfast-client.ts';
import type { DecideInput, InboxItem } from '../../../inbox-client.ts';
import type { CommandContext } from '../../command-context.ts';
import type { Styles } from '../../output/styles.ts';
import { renderTable } from '../../output/table.ts';
import { singleLine } from '../../output/text-width.ts';
import { withClient } from '../../with-client.ts';
import { wrongUse } from '../../wrong-use.ts';
import { outcomeOf } from '../carry-out.ts';
import { findItem } from '../find-item.ts';
import { rememberedNumbers } from '../inbox-numbers.ts';
import { canPrompt } from '../prompts/prompter.ts';
import { sortInbox } from '../sort-inbox.ts';
import { typedId } from '../typed-id.ts';
import { assertRunOf, filterInbox, type InboxFilter } from './filter-inbox.ts';

/** Several decisions at once, all the same. */
export interface ManyWanted {
  readonly decision: 'approve' | 'reject';
  /** Why not; needed to reject. */
  readonly words?: string | undefined;
  /** What was typed; all that the filter lets through without any. */
  readonly typed: readonly string[];
  readonly filter: InboxFilter;
  readonly yes: boolean | undefined;
}

/** What came of one of them. */
type Done =
  | { readonly item: InboxItem; readonly text: string; readonly state: string }
  | { readonly item: InboxItem; readonly failure: HoldfastError };

/** What both decisions fit; questions are answered one by one, and budgets are raised by an amount. */
const fitting: { readonly [decision in ManyWanted['decision']]: readonly InboxItem['kind'][] } = {
  approve: ['tool_call', 'definition'],
  reject: ['tool_call', 'definition', 'budget', 'question'],
};

/**
 * Decides several things that wait, after one question that lists them. Each counts only for the digest that was
 * listed; one that cannot count keeps none of the others. Exit code 1 when one of them did not count.
 */
export async function decideMany(context: CommandContext, wanted: ManyWanted): Promise<void> {
  await withClient(context, async (client) => {
    const chosen = await chosenItems(context, client, wanted);
    if (chosen.length === 0) {
      throw new HoldfastError('not_found', 'nothing that fits waits', {
        suggestion: 'see what waits with: holdfast inbox',
      });
    }
    // The digests of what is listed: nothing that changes meanwhile is decided unseen.
    const decisions = await Promise.all(chosen.map(async (item) => inputOf(client, item, wanted)));
    if (!(await isConfirmed(context, chosen, wanted))) {
      context.output.talk('nothing was decided; all of it keeps waiting');
      context.setExitCode(1);
      return;
    }
    const done: Done[] = [];
    for (const [index, item] of chosen.entries()) {
      const decision = decisions[index];
      // One after the other: the answers stand in the order of the list.
      if (decision !== undefined) done.push(await decideOne(client, item, decision));
    }
    context.output.result(documentOf(done), (styles) =>
      done.map((one) => `${lineOf(one, styles)}\n`).join(''),
    );
    if (done.some((one) => 'failure' in one)) context.setExitCode(1);
  });
}

async function chosenItems(
  context: CommandContext,
  client: HoldfastClient,
  { decision, typed, filter }: ManyWanted,
): Promise<readonly InboxItem[]> {
  const items = sortInbox(await client.inbox());
  const kinds = fitting[decision];
  if (typed.length === 0) {
    const all = filterInbox(items, filter, Date.now());
    await assertRunOf(client, filter, all);
    return all.filter(({ kind }) => kinds.includes(kind));
  }
  const numbered = await rememberedNumbers(context.home);
  const found = typed.map((one) => findItem({ typed: one, items, numbered, kinds }));
  const other = found.find(({ kind }) => !kinds.includes(kind));
  if (other !== undefined) {
    const what = `${typedId(other.approvalId)} is a ${other.kind.replace('_', ' ')}`;
    throw wrongUse(what, `decide it by itself; ${decision} takes several of: ${kinds.join(', ')}`);
  }
  return [...new Map(found.map((item) => [item.approvalId, item])).values()];
}

async function inputOf(
  client: HoldfastClient,
  { approvalId }: InboxItem,
  { decision, words }: ManyWanted,
): Promise<DecideInput> {
  const { digest } = await client.getApproval(approvalId);
  return {
    approval: approvalId,
    decision,
    ...(digest === '' ? {} : { digest }),
    ...(words === undefined ? {} : { reason: words }),
  };
}

async function isConfirmed(
  context: CommandContext,
  items: readonly InboxItem[],
  { decision, typed, yes }: ManyWanted,
): Promise<boolean> {
  const { output, stdout } = context;
  const table = renderTable(
    {
      columns: [
        { title: 'risk' },
        { title: 'kind' },
        { title: 'what', shrinksTo: 24 },
        { title: 'run' },
      ],
      rows: items.map(({ risk, kind, subject, runKey }) => [
        risk,
        kind.replace('_', ' '),
        subject,
        runKey,
      ]),
    },
    output.width(),
  );
  if (canPrompt(context)) stdout.write(`${table}\n`);
  if (yes === true) return true;
  if (!canPrompt(context)) {
    // Whoever names each of them has seen them.
    if (typed.length > 0) return true;
    throw wrongUse('nobody is there to confirm what --all decides', 'add --yes');
  }
  const prompter = await context.prompter();
  const verb = decision === 'approve' ? 'Approve' : 'Reject';
  return (await prompter.confirm({ message: `${verb} all ${items.length}?` })) === true;
}

async function decideOne(
  client: HoldfastClient,
  item: InboxItem,
  decision: DecideInput,
): Promise<Done> {
  try {
    const answer = await client.decide(decision);
    return { item, state: answer.state, text: outcomeOf(decision, answer) };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { item, failure: error };
  }
}

function documentOf(done: readonly Done[]) {
  return {
    decided: done.flatMap((one) =>
      'failure' in one ? [] : [{ approvalId: one.item.approvalId, state: one.state }],
    ),
    failed: done.flatMap((one) =>
      'failure' in one
        ? [{ approvalId: one.item.approvalId, error: errorEnvelope(one.failure) }]
        : [],
    ),
  };
}

function lineOf(done: Done, styles: Styles): string {
  const what = singleLine(done.item.subject);
  if ('failure' in done) return `${styles.bad('not counted')} ${what}: ${done.failure.message}`;
  const style = done.state === 'approved' ? styles.good : styles.warn;
  return `${style(done.text)} ${what}`;
}
