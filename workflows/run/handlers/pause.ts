import { ApplicationFailure } from '@temporalio/workflow';

import { FailureType } from '../../../domain/failures.ts';
import { compactJson } from '../../../domain/json.ts';
import { parsePause } from '../../../domain/messages/run-messages.ts';
import type { PauseAnswer } from '../messages.ts';
import type { RunDesk } from '../run-desk.ts';
import { assertMay, nobody, signerOf, type Actor, type Claim } from './actor.ts';
import { invalidMessage } from './decidable.ts';

/** Pauses the run behind what it does just now. @throws {ApplicationFailure} when the run is ending */
export function askToPause(desk: RunDesk, { by }: Actor): PauseAnswer {
  if (desk.isClosing) throw ending();
  desk.pausedBy = by;
  desk.refresh();
  return { status: 'paused', pause: 'person' };
}

/** Ends a pause, whoever made it. @throws {ApplicationFailure} when the run is ending */
export function askToResume(desk: RunDesk): PauseAnswer {
  if (desk.isClosing) throw ending();
  desk.pausedBy = undefined;
  desk.held = undefined;
  return { status: 'running', pause: null };
}

/** Who asks for it. Synchronous without a proof, so that the pause counts at once. */
export function pauserOf(
  desk: RunDesk,
  message: 'pause' | 'resume',
  value: unknown,
): Promise<Actor> | Actor {
  const parsed = parsePause(value);
  if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  const { proof, by, reason } = parsed.input;
  if (proof === undefined) return nobody(by);
  return provedPauser(desk, { message, proof, input: compactJson({ by, reason }) });
}

async function provedPauser(desk: RunDesk, claim: Claim): Promise<Actor> {
  const actor = await signerOf(desk, claim);
  assertMay(desk, 'steer', { actor, message: claim.message });
  return actor;
}

/** What a run that is being closed answers. */
export function ending(): ApplicationFailure {
  return ApplicationFailure.nonRetryable('the run is ending', FailureType.runEnding);
}
