import { resolve } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import type { RunRequest } from '../../../domain/run/run-request.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { StartedRun, StartRun } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { singleLine } from '../output/text-width.ts';
import { usualPolicy } from '../policies/policy-profiles.ts';
import { projectOf } from './project-of.ts';
import { readStdin } from '../read-stdin.ts';
import { withClient } from '../with-client.ts';
import { awaitBegin } from './await-begin.ts';
import { unpricedModels } from './unpriced-models.ts';
import { watchToEnd } from '../following/watch-to-end.ts';

/** Options of `run` as commander gives them. */
export interface RunOptions extends FollowOptions {
  /** False for an empty one. */
  readonly workspace?: string | false;
  readonly model?: string;
  readonly policy?: string;
  readonly specialist?: string;
  readonly maxTurns?: number;
  readonly timeout?: number;
  readonly maxCost?: number;
  readonly network?: boolean;
  readonly key?: string;
  readonly label?: { readonly [name: string]: string };
  readonly project?: string;
}

/** Starts a run, prints its key, and follows it as far as was asked. */
export async function startAndFollow(
  context: CommandContext,
  prompt: string,
  options: RunOptions,
): Promise<void> {
  const text = prompt === '-' ? await readStdin(context) : prompt;
  const start = startOf(context, text, {
    ...options,
    policy: options.policy ?? usualPolicy(context),
  });
  await withClient(context, async (client) => {
    if (options.maxCost !== undefined) {
      const unpriced = await unpricedModels(context, client, options.model);
      if (unpriced.length > 0) {
        context.output.talk(
          `--max-cost cannot be kept: no price is known of ${unpriced.join(', ')}; the run will ask before it calls such a model (write "price:" for it in holdfast.yaml)`,
        );
      }
    }
    await startAs(context, client, { start, options });
  });
}

/** How far a run that was started is followed. */
export interface FollowOptions {
  readonly watch?: boolean;
  readonly wait?: boolean;
}

/** Starts a run, prints its key, and follows it as far as was asked. */
export async function startAs(
  context: CommandContext,
  client: HoldfastClient,
  { start, options }: { readonly start: StartRun; readonly options: FollowOptions },
): Promise<void> {
  const started = await client.startRun(start);
  const { key, givenKey } = started;
  if (givenKey !== undefined) {
    context.output.talk(
      `the key "${singleLine(givenKey)}" cannot stand in an id; it is ${key} there`,
    );
  }
  const manner = mannerOf(context, options);
  if (manner === 'start') {
    const hasBegun = await awaitBegin(client, started.runId);
    showStarted(context, started, client.temporalUrl(started.runId));
    if (!hasBegun) context.output.hint('no worker has taken it up yet; see: holdfast status');
    return;
  }
  if (started.existing) context.output.talk(`run ${key} was there already`);
  const until = options.wait === false ? 'person' : 'end';
  await watchToEnd(context, client, { ...started, manner, until });
}

/** What is asked for; what was not given is filled in by the one who starts. */
function startOf(context: CommandContext, prompt: string, options: RunOptions): StartRun {
  if (prompt.trim() === '') {
    throw new HoldfastError('invalid_argument', 'the prompt is empty', {
      suggestion: 'say what to do: holdfast run "make the failing test pass"',
      fieldErrors: [{ field: 'prompt', constraint: 'must not be blank' }],
    });
  }
  const { model, policy, specialist, label, maxTurns, timeout, maxCost } = options;
  const workspace =
    options.workspace === false
      ? undefined
      : resolve(context.workingFolder, options.workspace ?? '.');
  const limits = {
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(maxCost === undefined ? {} : { maxCostMicroUsd: maxCost }),
  };
  const request: Partial<RunRequest> = {
    prompt,
    ...(workspace === undefined ? {} : { workspace }),
    ...(model === undefined ? {} : { model }),
    ...(policy === undefined ? {} : { policy }),
    ...(specialist === undefined ? {} : { specialist }),
    ...(options.network === true ? { networkAllowed: true } : {}),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(label === undefined ? {} : { labels: label }),
  };
  return {
    request,
    project: options.project ?? projectOf(workspace),
    ...(options.key === undefined ? {} : { key: options.key }),
  };
}

/** A terminal is shown the run as it works, unless the person said what they want. */
function mannerOf(
  context: CommandContext,
  { watch, wait }: FollowOptions,
): 'watch' | 'wait' | 'start' {
  const { json, quiet } = context.flags();
  const isPerson = context.terminal.stdout && !json && !quiet && wait !== true;
  if (watch ?? isPerson) return 'watch';
  return wait === undefined ? 'start' : 'wait';
}

function showStarted(
  context: CommandContext,
  started: StartedRun,
  temporalUrl: string | undefined,
): void {
  const { output } = context;
  const document = { ...started, ...(temporalUrl === undefined ? {} : { temporalUrl }) };
  output.result(document, () => `${started.key}\n`);
  if (started.existing) output.talk('this run was there already');
  output.hint(`watch it with: holdfast runs watch ${started.key}`);
}
