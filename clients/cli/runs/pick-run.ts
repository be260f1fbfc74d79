import { HoldfastError } from '../../../domain/failures.ts';
import { isEnded, isWaiting, type RunStatus } from '../../../domain/run/status.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { RunSummary } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText } from '../live/times.ts';
import { wrongUse } from '../wrong-use.ts';
import { LeftPromptError } from '../people/prompts/left-prompt-error.ts';
import { canPrompt } from '../people/prompts/prompter.ts';

/** Runs that a list to pick from holds at most. */
const maxChoices = 15;

/** Which run is meant. */
export interface RunToPick {
  /** What was typed; undefined lets the person pick. */
  readonly typed: string | undefined;
  /** What the command can be used on; `still`: what has ended, or does nothing until a person says something. */
  readonly which: 'all' | 'resumable' | 'ended' | 'still';
}

/**
 * The run that a command is about: the typed one, else the person picks one of a list.
 *
 * @throws {HoldfastError} invalid_argument without a terminal to ask at.
 * @throws {LeftPromptError} when the person picks none.
 */
export async function pickRun(
  context: CommandContext,
  client: HoldfastClient,
  { typed, which }: RunToPick,
): Promise<string> {
  if (typed !== undefined) return typed;
  if (!canPrompt(context)) {
    throw wrongUse('which run? name its key', 'see the keys with: holdfast runs list');
  }
  const listed = await client.listRuns({
    limit: which === 'ended' || which === 'still' ? 100 : maxChoices,
    ...(which === 'resumable' ? { resumable: true } : {}),
  });
  const runs = listed.filter(({ status }) => isMeant(status, which)).slice(0, maxChoices);
  if (runs.length === 0) {
    const what = {
      all: 'no run yet',
      resumable: 'no run is under way',
      ended: 'no run has ended',
      still: 'no run has ended or waits',
    };
    throw new HoldfastError('not_found', what[which], {
      suggestion: 'start one with: holdfast run "what to do"',
    });
  }
  const prompter = await context.prompter();
  const picked = await prompter.select({
    message: 'Which run?',
    choices: runs.map((run) => choiceOf(run)),
  });
  if (picked === undefined) throw new LeftPromptError();
  return picked;
}

function isMeant(status: RunStatus, which: RunToPick['which']): boolean {
  if (which === 'ended') return isEnded(status);
  return which !== 'still' || isEnded(status) || isWaiting(status);
}

function choiceOf({ runId, key, status, title, createdAt }: RunSummary) {
  const hint = `${status}, ${distanceText(createdAt, Date.now())} ago`;
  return { value: runId, label: `${key}  ${title}`, hint };
}
