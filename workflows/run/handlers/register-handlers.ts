import {
  ApplicationFailure,
  condition,
  currentUpdateInfo,
  setDefaultSignalHandler,
  setHandler,
  uuid4,
} from '@temporalio/workflow';

import { compactJson } from '../../../domain/json.ts';
import { withMessage } from '../../../domain/agent/reducer.ts';
import { FailureType } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { withGranted } from '../../../domain/locks/call-locks.ts';
import { parseLockGranted } from '../../../domain/messages/lock-messages.ts';
import type { Parsed } from '../../../domain/messages/reading.ts';
import {
  parseInject,
  parsePause,
  parseRevokeGrant,
  parseSettleEffect,
  type InjectInput,
} from '../../../domain/messages/run-messages.ts';
import { assertMay, nobody, signerOf, type Actor } from './actor.ts';
import { invalidMessage, noGrant } from './decidable.ts';
import { assertDecidable, decide, decideBySignal } from './decisions.ts';
import { askToPause, askToResume, ending, pauserOf } from './pause.ts';
import { assertUnknown, settle } from './settle.ts';
import * as messages from '../messages.ts';
import type { RunDesk } from '../run-desk.ts';
import { stateOf } from '../run-state.ts';

/** The desk once the run is open; messages that come earlier wait for it. */
export interface DeskHolder {
  desk: RunDesk | undefined;
}

/** Registers every message of a run. Nothing that arrives may throw out of a signal or change state in a validator. */
export function registerHandlers(holder: DeskHolder): void {
  registerDecisions(holder);
  registerPauses(holder);
  registerOthers(holder);
  setHandler(messages.stateQuery, () => stateOf(holder.desk), {
    description: 'Small state of the run: status, turn, open approvals, spent.',
  });
}

async function opened(holder: DeskHolder): Promise<RunDesk> {
  // Not by the condition: in a cancelled run it throws, and what people say must still reach it.
  if (holder.desk !== undefined) return holder.desk;
  await condition(() => holder.desk !== undefined);
  if (holder.desk === undefined) throw invalidMessage('the run has not begun yet');
  return holder.desk;
}

function registerDecisions(holder: DeskHolder): void {
  setHandler(messages.decideApprovalUpdate, async (value) => decide(await opened(holder), value), {
    validator: (value) => {
      assertDecidable(holder.desk, value);
    },
    description:
      'Approve or reject one pending approval: {"approvalId": "…", "decision": "approve"} or {"approvalId": "…", "decision": "reject", "reason": "…"}',
  });
  const signals = [
    ['approve', messages.approveSignal, '{"approvalId": "…"}'],
    ['reject', messages.rejectSignal, '{"approvalId": "…", "reason": "…"}'],
    ['answer', messages.answerSignal, '{"approvalId": "…", "answer": "…"}'],
  ] as const;
  for (const [name, signal, shape] of signals) {
    const handle = async (value: unknown): Promise<void> => {
      decideBySignal(await opened(holder), name, value);
    };
    setHandler(signal, handle, { description: `Unauthenticated ${name}: ${shape}` });
  }
  setHandler(messages.settleEffectUpdate, async (value) => settle(await opened(holder), value), {
    validator: (value) => {
      const parsed = parseSettleEffect(value);
      if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
      if (holder.desk !== undefined) assertUnknown(holder.desk, parsed.input.callId);
    },
    description:
      'Say what became of an effect nobody saw the end of: {"callId": "…", "settlement": "happened" | "did-not-happen" | "run-again", "reason": "…"}',
  });
}

function registerPauses(holder: DeskHolder): void {
  const validator = refuseWith(parsePause);
  const both = [
    ['pause', askToPause, messages.pauseUpdate, messages.pauseSignal],
    ['resume', askToResume, messages.resumeUpdate, messages.resumeSignal],
  ] as const;
  for (const [name, handle, update, signal] of both) {
    const description = `${name} the run: {"reason": "…"} or {}`;
    const answer = async (value: unknown): Promise<messages.PauseAnswer> => {
      const desk = await opened(holder);
      const pauser = pauserOf(desk, name, value);
      return handle(desk, 'by' in pauser ? pauser : await pauser);
    };
    setHandler(update, answer, { validator, description });
    setHandler(
      signal,
      async (value) => {
        const desk = await opened(holder);
        orRefuse(desk, name, () => {
          const parsed = parsePause(value);
          if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
          // A signal has no time to be verified: its name is nobody's.
          return handle(desk, nobody());
        });
      },
      { description },
    );
  }
}

function registerOthers(holder: DeskHolder): void {
  setHandler(
    messages.injectUpdate,
    async (value) => {
      const parsed = parseInject(value);
      if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
      const id = currentUpdateInfo()?.id ?? '';
      const desk = await opened(holder);
      const { proof, ...input } = parsed.input;
      const actor =
        proof === undefined
          ? nobody(input.author)
          : await signerOf(desk, { message: 'inject', proof, input: compactJson({ ...input }) });
      assertMay(desk, 'steer', { actor, message: 'inject' });
      return inject(desk, { input, actor }, id);
    },
    {
      validator: refuseWith(parseInject),
      description: 'Add words before the next model call: {"text": "…", "author": "…"}',
    },
  );
  setHandler(
    messages.injectSignal,
    async (value) => {
      const desk = await opened(holder);
      orRefuse(desk, 'inject', () => {
        const parsed = parseInject(value);
        if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
        // A signal has no time to be verified: its name is nobody's.
        const actor = nobody(parsed.input.author);
        inject(desk, { input: parsed.input, actor }, `signal-${uuid4()}`);
      });
    },
    { description: 'Unauthenticated words before the next model call: {"text": "…"}' },
  );
  setHandler(
    messages.revokeGrantUpdate,
    async (value) => {
      const parsed = parseRevokeGrant(value);
      if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
      const desk = await opened(holder);
      const { grantId, by, proof } = parsed.input;
      const input = { grantId, by };
      const actor =
        proof === undefined
          ? nobody(by)
          : await signerOf(desk, { message: 'revokeGrant', proof, input });
      assertMay(desk, 'steer', { actor, message: 'revokeGrant' });
      return revoke(desk, { grantId, by: actor.by });
    },
    { validator: refuseWith(parseRevokeGrant), description: 'Take a grant back: {"grantId": "…"}' },
  );
  const wake = (value: unknown): void => {
    // People may have lost sight of the wait, when a store was put back to an older state.
    if (isJsonObject(value) && value['announce'] === true) holder.desk?.announceAnew();
    // What was wrong may be mended; a pause by a person is ended by resume only.
    else if (holder.desk !== undefined) holder.desk.held = undefined;
  };
  setHandler(messages.wakeSignal, wake, { description: 'Make a waiting run look again.' });
  const granted = (value: unknown): void => {
    const parsed = parseLockGranted(value);
    const { desk } = holder;
    // What was not asked for, or given back meanwhile, ends with its lease.
    if (parsed.type === 'refused' || desk?.locks === undefined) return;
    desk.locks = withGranted(desk.locks, parsed.input);
  };
  setHandler(messages.lockGrantedSignal, granted, { description: 'Sent by locks.' });
  setDefaultSignalHandler(async (name) => {
    const desk = await opened(holder);
    const signal = name.slice(0, 100).replaceAll(/[\p{Cc}\p{Surrogate}]/gu, '?');
    desk.refuse({ signal, reason: 'there is no such signal', invalid: true });
  });
}

/** A signal has no answer: what cannot count is written down. Nothing may throw out of a signal's handler. */
function orRefuse(desk: RunDesk, signal: string, handle: () => unknown): void {
  try {
    handle();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const isInvalid = error.type === FailureType.messageInvalid;
    desk.refuse({ signal, reason: error.message, ...(isInvalid ? { invalid: true } : {}) });
  }
}

function inject(
  desk: RunDesk,
  { input, actor }: { readonly input: InjectInput; readonly actor: Actor },
  fallbackId: string,
): { readonly position: number } {
  if (desk.isClosing) throw ending();
  const { text, blob } = input;
  const { by: author, claimed } = actor;
  const messageId = input.messageId ?? fallbackId;
  const queued = withMessage(desk.agent, { messageId, text, blob, author, claimed });
  if (queued === undefined) {
    const message = 'too many messages wait already; try again after the next turn';
    throw ApplicationFailure.nonRetryable(message, FailureType.messageQueueFull);
  }
  desk.agent = queued.agent;
  return { position: queued.position };
}

function revoke(
  desk: RunDesk,
  { grantId, by }: { readonly grantId: string; readonly by: string },
): { readonly grants: readonly string[] } {
  const left = desk.agent.grants.filter((grant) => grant.grantId !== grantId);
  if (left.length === desk.agent.grants.length) throw noGrant(grantId, left);
  desk.agent = { ...desk.agent, grants: left };
  desk.note('grant.revoked', { grantId, by });
  return { grants: left.map((grant) => grant.grantId) };
}

function refuseWith(parse: (value: unknown) => Parsed<unknown>): (value: unknown) => void {
  return (value) => {
    const parsed = parse(value);
    if (parsed.type === 'refused') throw invalidMessage(parsed.reason);
  };
}
