import type { HoldfastClient } from '../../holdfast-client.ts';
import type { ApprovalDetail, InboxItem } from '../../inbox-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderTable, type Table } from '../output/table.ts';
import { fitText, safeText, singleLine } from '../output/text-width.ts';
import { withClient } from '../with-client.ts';
import { assertRunOf, filterInbox, isFiltering, type InboxFilter } from './bulk/filter-inbox.ts';
import { answerCommands } from './answer-commands.ts';
import { approvalCard } from './prompts/approval-card.ts';
import { askDecision } from './prompts/ask-decision.ts';
import { carryOut } from './carry-out.ts';
import { rememberNumbers } from './inbox-numbers.ts';
import { LeftPromptError } from './prompts/left-prompt-error.ts';
import { canPrompt } from './prompts/prompter.ts';
import { sortInbox } from './sort-inbox.ts';
import { typedId } from './typed-id.ts';

/** Lists everything that waits; on a terminal one of it can be picked and decided. */
export async function showInbox(
  context: CommandContext,
  { manner, filter }: { readonly manner: 'pick' | 'list'; readonly filter: InboxFilter },
): Promise<void> {
  const { output, home } = context;
  await withClient(context, async (client) => {
    const items = filterInbox(sortInbox(await client.inbox()), filter, Date.now());
    await assertRunOf(client, filter, items);
    await rememberNumbers(
      home,
      items.map(({ approvalId }) => approvalId),
    );
    const document = { items: items.map((item, index) => ({ number: index + 1, ...item })) };
    output.result(document, (styles) =>
      items.length === 0
        ? `nothing ${isFiltering(filter) ? 'that fits ' : ''}waits for a person\n`
        : renderTable(tableOf(context, items, styles), output.width()),
    );
    if (items.length === 0) return;
    if (manner === 'pick' && canPrompt(context)) await pickAndDecide(context, client, items);
    else if (!context.flags().json) {
      const [first] = items;
      output.hint('show and decide one with: holdfast approve <number>, reject or answer');
      if (first !== undefined) {
        for (const command of answerCommands(first)) output.hint(`  1: ${command}`);
      }
    }
  });
}

const columns = [
  { title: '#', align: 'right' },
  { title: 'risk' },
  { title: 'kind', leaves: 4 },
  { title: 'what', shrinksTo: 24, atMost: 80 },
  { title: 'run', shrinksTo: 12, atMost: 40 },
  { title: 'by', shrinksTo: 6, leaves: 1 },
  { title: 'waits', align: 'right', leaves: 2 },
  { title: 'expires', align: 'right', leaves: 3 },
] as const;

/** A terminal has no room for ids; the numbers do there. */
function tableOf({ terminal }: CommandContext, items: readonly InboxItem[], styles: Styles): Table {
  const nowMs = Date.now();
  const rows = items.map((item, index): readonly Cell[] => [
    String(index + 1),
    { text: item.risk, style: riskStyle(item.risk, styles) },
    item.kind.replace('_', ' '),
    item.subject,
    item.runTitle,
    item.requestedBy,
    distanceText(item.requestedAt, nowMs),
    item.expiresAt === null ? 'never' : `in ${distanceText(item.expiresAt, nowMs)}`,
    ...(terminal.stdout ? [] : [typedId(item.approvalId)]),
  ]);
  return { columns: terminal.stdout ? columns : [...columns, { title: 'id' }], rows };
}

function riskStyle(risk: string, styles: Styles): (text: string) => string {
  if (risk === 'destructive') return styles.bad;
  return risk === 'change' ? styles.warn : styles.dim;
}

/** Columns of a choice: the table above has said the rest, and the card will. */
const maxLabel = 44;
const maxHint = 18;

async function pickAndDecide(
  context: CommandContext,
  client: HoldfastClient,
  items: readonly InboxItem[],
): Promise<void> {
  const prompter = await context.prompter();
  const picked = await prompter.select({
    message: 'Decide one?',
    choices: [
      ...items.map((item, index) => ({
        value: String(index),
        label: fitText(`${index + 1}  ${singleLine(item.subject)}`, maxLabel),
        hint: `${item.risk}, ${fitText(singleLine(item.runTitle), maxHint)}`,
      })),
      { value: 'none', label: 'Not now' },
    ],
  });
  if (picked === undefined) throw new LeftPromptError();
  const item = items[Number(picked)];
  if (item === undefined) return;
  const approval = await cardOf(client, item);
  showCard(context, approval);
  const say = (text: string): void => void context.stdout.write(`${safeText(text)}\n`);
  const done = await carryOut(client, await askDecision(approval, { prompter, say }));
  const { hint } = context.output.dataStyles();
  say(done ?? `it keeps waiting; ${hint(answerCommands(item)[0] ?? '')}`);
}

/** The whole of something that waits. A paused run has no approval: its card is made of the item. */
export async function cardOf(client: HoldfastClient, item: InboxItem): Promise<ApprovalDetail> {
  if (item.kind !== 'pause') return await client.getApproval(item.approvalId);
  return {
    ...item,
    state: 'open',
    digest: '',
    tool: null,
    arguments: null,
    detail: '',
    commands: [],
    paths: [],
    hosts: [],
    unresolved: [],
    why: [],
    policy: null,
    differences: [],
    decisions: [],
    question: null,
    choices: [],
  };
}

/** Writes the card of something that waits to standard output. */
export function showCard(context: CommandContext, approval: ApprovalDetail): void {
  const { output, stdout } = context;
  const layout = { styles: output.dataStyles(), width: output.width(), nowMs: Date.now() };
  stdout.write(`\n${approvalCard(approval, layout).join('\n')}\n\n`);
}

/** The card of something that waits where nobody can be asked: for the log of a script. */
export function cardLines({ output }: CommandContext, approval: ApprovalDetail): readonly string[] {
  return approvalCard(approval, {
    styles: output.talkStyles(),
    width: output.width(),
    nowMs: Date.now(),
  });
}
