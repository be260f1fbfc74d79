import { isJson, isJsonObject, type JsonObject } from '../../../../domain/json.ts';
import { parseUsd } from '../../../../domain/budget/money.ts';
import type { SettleInput } from '../../../effects-client.ts';
import type { ApprovalDetail, DecideInput } from '../../../inbox-client.ts';
import type { Choice, Prompter } from './prompter.ts';
import { suggestedPattern } from './suggested-pattern.ts';

/** What a person at the terminal wants done with something that waits. */
export type Wish =
  | { readonly type: 'decide'; readonly decision: DecideInput }
  | { readonly type: 'settle'; readonly settlement: SettleInput }
  | { readonly type: 'resume' | 'cancel'; readonly run: string }
  | { readonly type: 'later' }
  /** The person left the question. */
  | { readonly type: 'left' };

/** A question under way: whom to ask, and what ends it when somebody else decides. */
export interface Asking {
  readonly prompter: Prompter;
  readonly signal?: AbortSignal | undefined;
  /** Shows a line between questions. */
  readonly say: (text: string) => void;
}

/** Asks what to do with an approval whose card is on the screen. */
export function askDecision(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  switch (approval.kind) {
    case 'tool_call':
    case 'definition':
      return askCall(approval, asking);
    case 'question':
      return askAnswer(approval, asking);
    case 'budget':
      return askBudget(approval, asking);
    case 'effect_unknown':
      return askSettlement(approval, asking);
    case 'pause':
      return askPause(approval, asking);
  }
}

const later: Choice<'later'> = { value: 'later', label: 'Later', hint: 'it keeps waiting' };
const left: Wish = { type: 'left' };

function decide(approval: ApprovalDetail, more: Omit<DecideInput, 'approval' | 'digest'>): Wish {
  const seen = { approval: approval.approvalId, digest: approval.digest };
  return { type: 'decide', decision: { ...seen, ...more } };
}

async function askCall(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  const { prompter, signal } = asking;
  const canChange = approval.kind === 'tool_call' && approval.arguments !== null;
  // A grant never covers a call that is destructive or not understood.
  const canRemember =
    canChange && approval.risk !== 'destructive' && approval.unresolved.length === 0;
  const picked = await prompter.select({
    message: 'What should happen?',
    choices: [
      { value: 'approve', label: 'Approve', hint: 'exactly this, once' },
      { value: 'reject', label: 'Reject', hint: 'with words for the model' },
      ...(canChange
        ? ([{ value: 'change', label: 'Change', hint: 'edit the arguments' }] as const)
        : []),
      ...(canRemember
        ? ([{ value: 'remember', label: 'Approve this kind', hint: 'by a pattern' }] as const)
        : []),
      later,
    ],
    signal,
  });
  switch (picked) {
    case undefined:
      return left;
    case 'approve':
      return decide(approval, { decision: 'approve' });
    case 'reject':
      return askReject(approval, asking);
    case 'change':
      return askChange(approval, asking);
    case 'remember':
      return askPattern(approval, asking);
    case 'later':
      return { type: 'later' };
  }
}

async function askReject(approval: ApprovalDetail, { prompter, signal }: Asking): Promise<Wish> {
  const reason = await prompter.text({
    message: 'Why not? The model reads this.',
    placeholder: 'use the staging server',
    isRequired: true,
    signal,
  });
  return reason === undefined ? left : decide(approval, { decision: 'reject', reason });
}

async function askChange(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  const before = `${JSON.stringify(approval.arguments, undefined, 2)}\n`;
  const edited = await asking.prompter.edit(before, 'arguments.json');
  if (edited === undefined) {
    asking.say('nothing was changed');
    return askCall(approval, asking);
  }
  const args = argumentsOf(edited);
  if (args === undefined) {
    asking.say('that is no JSON object; nothing was changed');
    return askCall(approval, asking);
  }
  asking.say(`changed arguments: ${JSON.stringify(args)}`);
  const isSure = await asking.prompter.confirm({
    message: 'Approve with these arguments?',
    signal: asking.signal,
  });
  if (isSure === undefined) return left;
  return isSure
    ? decide(approval, { decision: 'approve', arguments: args })
    : askCall(approval, asking);
}

/** Reads changed arguments; undefined when the text is no JSON object. */
export function argumentsOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value, 32) && isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function askPattern(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  const pattern = await asking.prompter.text({
    message: `Which ${approval.tool ?? ''} calls? * stands for any text`,
    initial: suggestedPattern(approval),
    placeholder: 'npm run *',
    isRequired: true,
    signal: asking.signal,
  });
  if (pattern === undefined) return left;
  const isSure = await asking.prompter.confirm({
    message: `Run every ${approval.tool ?? ''} call that matches "${pattern}" unasked for the rest of this run? (never what is destructive)`,
    signal: asking.signal,
  });
  if (isSure === undefined) return left;
  return isSure
    ? decide(approval, { decision: 'approve', remember: pattern })
    : askCall(approval, asking);
}

async function askAnswer(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  const { prompter, signal } = asking;
  const other = 'other';
  const picked = await prompter.select({
    message: 'Your answer?',
    choices: [
      ...approval.choices.map((choice, index) => ({ value: String(index), label: choice })),
      { value: other, label: approval.choices.length === 0 ? 'Answer' : 'Something else' },
      { value: 'reject', label: 'Do not answer', hint: 'the model goes on without' },
      later,
    ],
    signal,
  });
  if (picked === undefined) return left;
  if (picked === 'later') return { type: 'later' };
  if (picked === 'reject') return askReject(approval, asking);
  const choice = picked === other ? undefined : approval.choices[Number(picked)];
  const answer =
    choice ?? (await prompter.text({ message: 'Your answer', isRequired: true, signal }));
  return answer === undefined ? left : decide(approval, { decision: 'approve', answer });
}

async function askBudget(approval: ApprovalDetail, asking: Asking): Promise<Wish> {
  const { prompter, signal } = asking;
  const isPriced = approval.rule !== 'price_unknown';
  const picked = await prompter.select({
    message: isPriced ? 'More money?' : 'Go on without the cost limit?',
    choices: [
      { value: 'raise', label: isPriced ? 'Raise the limit of this run' : 'Go on without it' },
      { value: 'reject', label: 'No', hint: 'the run ends' },
      later,
    ],
    signal,
  });
  if (picked === undefined) return left;
  if (picked === 'later') return { type: 'later' };
  if (picked === 'reject') return askReject(approval, asking);
  if (!isPriced) return decide(approval, { decision: 'approve' });
  const amount = await prompter.text({
    message: 'By how many dollars?',
    placeholder: '1.00',
    isRequired: true,
    check: (text) => (parseUsd(text) === undefined ? 'write an amount such as 1.50' : undefined),
    signal,
  });
  const raiseMicroUsd = amount === undefined ? undefined : parseUsd(amount);
  return raiseMicroUsd === undefined
    ? left
    : decide(approval, { decision: 'approve', raiseMicroUsd });
}

async function askSettlement(
  approval: ApprovalDetail,
  { prompter, signal }: Asking,
): Promise<Wish> {
  const picked = await prompter.select({
    message: 'Look for yourself: what became of it?',
    choices: [
      { value: 'happened', label: 'It happened', hint: 'it counts as done' },
      { value: 'did-not-happen', label: 'It did not happen', hint: 'the model is told' },
      { value: 'run-again', label: 'Run it again' },
      later,
    ],
    signal,
  });
  if (picked === undefined) return left;
  if (picked === 'later') return { type: 'later' };
  const reason = await prompter.text({ message: 'How do you know?', isRequired: true, signal });
  if (reason === undefined) return left;
  const effect = approval.callId ?? approval.approvalId;
  return { type: 'settle', settlement: { effect, settlement: picked, reason } };
}

async function askPause(approval: ApprovalDetail, { prompter, signal }: Asking): Promise<Wish> {
  const picked = await prompter.select({
    message: 'What should happen?',
    choices: [
      { value: 'resume', label: 'Go on', hint: 'when you have mended it' },
      { value: 'cancel', label: 'Cancel the run' },
      later,
    ],
    signal,
  });
  if (picked === undefined) return left;
  return picked === 'later' ? { type: 'later' } : { type: picked, run: approval.runKey };
}
