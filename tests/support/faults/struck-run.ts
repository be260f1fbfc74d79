import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { treeName, workspaceIdOf } from '../../../activities/workspace/make-workspace.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { RunResult } from '../../../domain/run/run-result.ts';
import { isStorageUnavailable } from '../../../storage/postgres/database.ts';
import {
  appendByEdit,
  appendByShell,
  countLine,
  quietEnd,
  type Settlement,
} from '../kill/kill-run.ts';
import { oneOf } from '../kill/kill-random.ts';
import { pollFor } from '../poll.ts';
import { conversation, type RunHarness } from '../runs/run-harness.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';

/** Name of the script that struck runs play. */
const scriptName = 'struck';

/** Four effects: two that can be looked up afterwards, one that leaves a line, one that another repository counts. */
export const struckScript: ScriptInput = {
  schemaVersion: 1,
  name: scriptName,
  model: 'scripted',
  conversation: conversation(scriptName),
  turns: [
    appendByEdit('one'),
    appendByShell('alpha'),
    appendByEdit('two'),
    {
      reply: {
        toolCalls: [
          {
            name: 'shell',
            arguments: {
              command:
                'git -c user.name=a -c user.email=a@b commit -q --allow-empty -m pushed && git push -q ./remote.git HEAD:refs/heads/pushed',
            },
          },
        ],
        delayMs: 40,
      },
    },
    ...quietEnd,
  ],
};

/** What can be counted of a run from outside, each wanted once. */
export interface Marks {
  readonly one: number;
  readonly two: number;
  readonly alpha: number;
  /** Pushes that the remote repository took, as its own log counts them. */
  readonly pushed: number;
}

/** How a struck run ended. */
export interface StruckEnd {
  readonly result: RunResult;
  /** Effects whose outcome nobody could tell, with what a person said of them. */
  readonly unknown: readonly { readonly mark: keyof Marks; readonly settlement: Settlement }[];
  /** What it said when it could not go on by itself; a person cancelled it then. */
  readonly gaveUp: string | undefined;
}

/** A run that a fault happens to. */
export interface StruckRun {
  readonly runId: string;
  /** Stands in its prompt, so that its requests can be told from others. */
  readonly nonce: string;
  readonly marks: () => Marks;
}

/** Starts a run of the script on a project with a remote repository in it. */
export async function startStruck(harness: RunHarness): Promise<StruckRun> {
  const workspace = harness.makeProject({ 'log.txt': 'END\n', '.gitignore': 'remote.git\n' });
  makeRepositories(workspace);
  const nonce = randomUUID();
  const prompt = `work ${nonce} ${conversation(scriptName)}`;
  const { runId } = await harness.client.startRun({ request: { prompt, workspace } });
  const copy = join(harness.home, 'workspaces', workspaceIdOf(runId), treeName);
  return { runId, nonce, marks: () => marksIn(copy) };
}

function makeRepositories(folder: string): void {
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=begin');
  git('init', '--quiet', '--bare', 'remote.git');
  const remote = ['--git-dir', join(folder, 'remote.git'), 'config'];
  git(...remote, 'core.logAllRefUpdates', 'always');
  git(...remote, 'user.name', 'a');
  git(...remote, 'user.email', 'a@b');
}

function marksIn(copy: string): Marks {
  const text = (path: string): string => {
    const file = join(copy, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const log = text('log.txt');
  return {
    one: countLine(log, 'one'),
    two: countLine(log, 'two'),
    alpha: countLine(text('shell.log'), 'alpha'),
    pushed: text('remote.git/logs/refs/heads/pushed').split('\n').filter(Boolean).length,
  };
}

/** Longest time that a run may take to end, with all that happens to it. Milliseconds. */
const patienceMs = 90_000;
/** A pause without a question that lasts this long is no state in between. Milliseconds. */
const stuckMs = 2_000;

/** Answers what a run asks until it ends: approves, looks at what is unknown, cancels what cannot go on. */
export async function endStruck(
  harness: RunHarness,
  run: StruckRun,
  { isThere, random }: { readonly isThere: () => boolean; readonly random: () => number },
): Promise<StruckEnd> {
  const person = new Person(harness, run, random);
  const waiting = new AbortController();
  let result: RunResult | undefined;
  const ended = waitForEnd(harness, run.runId, waiting.signal).then((end) => (result = end));
  ended.catch(() => undefined);
  try {
    return await pollFor(
      `${run.runId} ends`,
      async () => {
        if (result !== undefined) return { result, unknown: person.unknown, gaveUp: person.gaveUp };
        // Asking costs the servers something, and runs take a while.
        if (isThere()) await person.look().catch(unlessAway);
        await wait(75);
        return undefined;
      },
      patienceMs,
    );
  } catch (error) {
    const [detail, state] = await Promise.all([
      harness.client.getRun(run.runId).catch(String),
      harness.temporal.workflow.getHandle(run.runId).query('state').catch(String),
    ]);
    const seen = JSON.stringify({ refusal: person.refusal, detail, state, marks: run.marks() });
    throw new Error(`${String(error)}: ${seen}`, { cause: error });
  } finally {
    waiting.abort();
  }
}

async function waitForEnd(
  { client }: RunHarness,
  runId: string,
  signal: AbortSignal,
): Promise<RunResult> {
  for (;;) {
    try {
      return await client.waitForRun(runId, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // Servers are away for a while: that is what this is about.
      await wait(200);
    }
  }
}

function unlessAway(error: unknown): void {
  if (error instanceof HoldfastError || isStorageUnavailable(error)) return;
  throw error;
}

/** Somebody who approves everything, tells the truth, and cancels what cannot go on. */
class Person {
  readonly #harness: RunHarness;
  readonly #run: StruckRun;
  readonly #random: () => number;
  readonly unknown: { readonly mark: keyof Marks; readonly settlement: Settlement }[] = [];
  gaveUp: string | undefined;
  #stuckSince: number | undefined;
  #refusal = '';

  constructor(harness: RunHarness, run: StruckRun, random: () => number) {
    this.#harness = harness;
    this.#run = run;
    this.#random = random;
  }

  /** Why the last decision was refused; empty when none was. */
  get refusal(): string {
    return this.#refusal;
  }

  async look(): Promise<void> {
    const { client } = this.#harness;
    const items = (await client.inbox()).filter(
      ({ runId, kind }) => runId === this.#run.runId && kind !== 'pause',
    );
    let isAnswered = false;
    for (const item of items) {
      if (item.kind === 'tool_call')
        isAnswered = (await this.#approve(item.approvalId)) || isAnswered;
      else if (item.callId !== null)
        isAnswered = (await this.#settle(item.callId, item.subject)) || isAnswered;
    }
    if (isAnswered) this.#stuckSince = undefined;
    // A question of a past that the servers were put back to can be there for ever, and nobody can answer it.
    else await this.#cancelWhenStuck();
  }

  /** Refused when the inbox lags behind the run: what was decided a moment ago. */
  async #approve(approval: string): Promise<boolean> {
    const decision = { approval, decision: 'approve' } as const;
    return this.#harness.client.decide(decision).then(
      () => true,
      (error: unknown) => {
        this.#refusal = String(error);
        return false;
      },
    );
  }

  async #settle(effect: string, subject: string): Promise<boolean> {
    const mark = markOf(subject);
    const settlement: Settlement =
      this.#run.marks()[mark] > 0
        ? oneOf(['happened', 'happened', 'run-again'], this.#random)
        : oneOf(['did-not-happen', 'run-again'], this.#random);
    const reason = 'looked at it';
    const isSettled = await this.#harness.client.settleEffect({ effect, settlement, reason }).then(
      () => true,
      () => false,
    );
    if (isSettled) this.unknown.push({ mark, settlement });
    return isSettled;
  }

  async #cancelWhenStuck(): Promise<void> {
    const { client } = this.#harness;
    const { status, pause, message } = await client.getRun(this.#run.runId);
    if (status !== 'paused' || this.gaveUp !== undefined) {
      this.#stuckSince = undefined;
      return;
    }
    this.#stuckSince ??= performance.now();
    if (performance.now() - this.#stuckSince < stuckMs) return;
    this.gaveUp = `${pause ?? ''}: ${message ?? ''}`;
    await client.cancelRun(this.#run.runId, 'it cannot go on');
  }
}

function markOf(subject: string): keyof Marks {
  if (subject.includes('alpha')) return 'alpha';
  return subject.includes('push') ? 'pushed' : 'one';
}
