import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { treeName } from '../../../activities/workspace/make-workspace.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { RunResult } from '../../../domain/run/run-result.ts';
import { isStorageUnavailable } from '../../../storage/postgres/database.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';
import { pollFor } from '../poll.ts';
import { conversation, type RunHarness } from '../runs/run-harness.ts';

type Turn = ScriptInput['turns'][number];

/** Files of the project that runs under fire work on. */
const killedProject = { 'log.txt': 'END\n' };

/** A turn that adds one line to a file: the ledger can tell by its hash whether that happened. */
export function appendByEdit(line: string): Turn {
  const edit = { path: 'log.txt', oldText: 'END', newText: `${line}\nEND` };
  return { reply: { toolCalls: [{ name: 'edit_file', arguments: edit }], delayMs: 40 } };
}

/** A turn that adds one line by a command: nobody can see by the file whether it ran, and policy asks a person before. */
export function appendByShell(line: string, after = ''): Turn {
  const command = `echo ${line} >> shell.log${after}`;
  return { reply: { toolCalls: [{ name: 'shell', arguments: { command } }], delayMs: 40 } };
}

/** Two answers without a call end a run without any gate. */
export const quietEnd: readonly Turn[] = [
  { reply: { text: 'That is all.', delayMs: 40 } },
  { reply: { text: 'Nothing is left to do.', delayMs: 40 } },
];

/** A conversation with these turns. */
export function scriptOf(name: string, turns: readonly Turn[]): ScriptInput {
  return {
    schemaVersion: 1,
    name,
    model: 'scripted',
    conversation: conversation(name),
    turns: [...turns],
  };
}

/** What a run under fire needs of whatever it runs on. */
export type ScriptHarness = Pick<
  RunHarness,
  'client' | 'db' | 'home' | 'makeProject' | 'rehearsal'
>;

/** A run of a script that was started. */
export interface StartedScript {
  readonly runId: string;
  /** Stands in its prompt, so that its requests can be told from others. */
  readonly nonce: string;
}

/** Starts a run that plays a script on a fresh project. */
export async function startScript(
  harness: ScriptHarness,
  name: string,
  {
    files = killedProject,
    policy,
  }: { readonly files?: Readonly<Record<string, string>>; readonly policy?: string } = {},
): Promise<StartedScript> {
  const nonce = randomUUID();
  const prompt = `work ${nonce} ${conversation(name)}`;
  const workspace = harness.makeProject(files);
  const { runId } = await harness.client.startRun({
    request: { prompt, workspace, ...(policy === undefined ? {} : { policy }) },
  });
  return { runId, nonce };
}

const pinsSchema = z.object({ workspace: z.object({ id: z.string() }) });

/** The file of a run's own copy as it is now; empty when it is not there. */
export async function readCopy(
  harness: ScriptHarness,
  runId: string,
  path: string,
): Promise<string> {
  const tree = await treeOf(harness, runId);
  const file = tree === undefined ? '' : join(tree, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Puts other texts into files that are in a run's own copy. */
export async function rewriteCopy(
  harness: ScriptHarness,
  runId: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const tree = (await treeOf(harness, runId)) ?? '';
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
}

async function treeOf({ db, home }: ScriptHarness, runId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('pins')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { workspace } = pinsSchema.parse(row.pins);
  return join(home, 'workspaces', workspace.id, treeName);
}

/** How often a line stands in a text. */
export function countLine(text: string, line: string): number {
  return text.split('\n').filter((each) => each === line).length;
}

export type Settlement = 'happened' | 'did-not-happen' | 'run-again';

/** What a person answers in a run under fire. */
export interface Answers {
  /** False while nobody answers; a stopped worker would only hold what is sent to it. */
  readonly isThere?: () => boolean;
  /** Chooses what to say of an effect nobody saw the end of, by its target. */
  readonly settle: (target: string) => Promise<Settlement> | Settlement;
}

/** How a run ended, and what a person was asked meanwhile. */
export interface Finished {
  readonly result: RunResult;
  /** Targets of unknown effects, with what was said of them. */
  readonly unknown: readonly { readonly target: string; readonly settlement: Settlement }[];
}

/** Approves what waits and settles what is unknown until the run ends. */
export async function finishRun(
  harness: ScriptHarness,
  runId: string,
  answers: Answers,
): Promise<Finished> {
  const unknown: { readonly target: string; readonly settlement: Settlement }[] = [];
  let result: RunResult | undefined;
  let failure: Error | undefined;
  const wait = (): void => {
    void harness.client.waitForRun(runId).then(
      (ended) => (result = ended),
      (error: unknown) => {
        if (isAway(error)) wait();
        else failure = error instanceof Error ? error : new Error(String(error));
      },
    );
  };
  wait();
  return pollFor(
    `${runId} ends`,
    async () => {
      if (result !== undefined) return { result, unknown };
      if (failure !== undefined) throw failure;
      if (answers.isThere?.() === false) return undefined;
      for (const item of await inboxOf(harness)) {
        if (item.runId !== runId) continue;
        if (item.kind === 'tool_call') await approve(harness, item.approvalId);
        if (item.kind !== 'effect_unknown' || item.callId === null) continue;
        const settlement = await answers.settle(item.subject);
        if (await settle(harness, item.callId, settlement)) {
          unknown.push({ target: item.subject, settlement });
        }
      }
      return undefined;
    },
    90_000,
  );
}

/** Servers may be away for a while: that is what some tests are about. */
function isAway(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'unavailable';
}

async function inboxOf({ client }: ScriptHarness): ReturnType<ScriptHarness['client']['inbox']> {
  try {
    return await client.inbox();
  } catch (error) {
    if (isAway(error) || isStorageUnavailable(error)) return [];
    throw error;
  }
}

/** The inbox may lag behind the workflow: what was decided a moment ago is refused. */
async function approve(harness: ScriptHarness, approval: string): Promise<void> {
  await harness.client.decide({ approval, decision: 'approve' }).catch(() => undefined);
}

async function settle(harness: ScriptHarness, effect: string, settlement: Settlement) {
  return harness.client.settleEffect({ effect, settlement, reason: 'looked at the file' }).then(
    () => true,
    () => false,
  );
}
