import type { KillSwitchClient, KillSwitchState } from '../../kill-switch-client.ts';
import type { CommandContext } from '../command-context.ts';
import { wrongUse } from '../wrong-use.ts';
import { stateText } from './kill-switch-text.ts';

/** Options of `kill-switch stop` as commander gives them. */
export interface StopOptions {
  readonly scope: readonly string[];
  readonly reason: string;
}

/** Options of `kill-switch resume` as commander gives them. */
export interface ResumeOptions {
  readonly run?: readonly string[];
  readonly scope?: readonly string[];
  readonly reason: string;
}

/** Stops scopes and says what is still going on. */
export async function stopByCommand(
  context: CommandContext,
  { scope: scopes, reason }: StopOptions,
): Promise<void> {
  assertReason(reason);
  const state = await withSwitch(context, async (kill) => kill.stop({ scopes, reason }));
  show(context, state);
  if (scopes.some((scope) => scope.startsWith('hostGroup:'))) {
    context.output.talk('note: no run works on groups of hosts yet, so this holds nothing');
  }
}

/** Shows what is stopped. */
export async function showStatus(context: CommandContext): Promise<void> {
  show(context, await withSwitch(context, async (kill) => kill.state()));
}

/** Lets runs or scopes go on. */
export async function resumeByCommand(
  context: CommandContext,
  { run: runs = [], scope: scopes = [], reason }: ResumeOptions,
): Promise<void> {
  assertReason(reason);
  if (runs.length + scopes.length === 0) {
    throw wrongUse('say what goes on', 'chosen runs: --run k1; a whole scope: --scope all');
  }
  const resumed = await withSwitch(context, async (kill) => kill.resume({ scopes, runs, reason }));
  const { lifted, woken, unreached } = resumed;
  for (const scope of scopes.filter((typed) => !lifted.some((each) => each.endsWith(typed)))) {
    if (!scope.startsWith('run:')) context.output.talk(`note: ${scope} was not stopped`);
  }
  if (woken.length > 0) context.output.talk(`told to go on: ${woken.join(', ')}`);
  if (unreached.length > 0) {
    context.output.talk(
      `could not be told, because Temporal does not answer: ${unreached.join(', ')}; resume again later`,
    );
    context.setExitCode(75);
  }
  show(context, resumed);
}

function assertReason(reason: string): void {
  if (reason.trim() !== '') return;
  throw wrongUse('the reason is empty', 'say why: --reason "something is wrong"');
}

function show(context: CommandContext, state: KillSwitchState): void {
  const { output } = context;
  output.result(state, (styles) => stateText(state, styles, output.width()));
}

async function withSwitch<Result>(
  context: CommandContext,
  work: (kill: KillSwitchClient) => Promise<Result>,
): Promise<Result> {
  const kill = await context.killSwitch();
  try {
    return await work(kill);
  } finally {
    await kill.close();
  }
}
