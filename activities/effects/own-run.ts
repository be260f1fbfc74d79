import { activityInfo, ApplicationFailure, Context } from '@temporalio/activity';

import { FailureType } from '../../domain/failures.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import type { Executor } from '../../storage/postgres/database.ts';
import { canonicalJson } from '../../storage/hashing.ts';
import { getOpenedRun } from '../../storage/runs/runs.ts';
import { translated } from './translate-failure.ts';

/** What every activity of a run says about the run it works for; the one that opens it names its id only. */
type ForRun =
  | { readonly run: AgentRef; readonly pins?: RunPins }
  | { readonly runId: string; readonly run?: undefined };

type RunActivity = (input: never) => Promise<unknown>;

/** Most runs whose beginning is remembered; one more forgets the oldest. */
const maxRemembered = 1_000;

/**
 * Lets activities work only for the run that calls them, with what was pinned when it was opened, and only for the chain
 * of executions that it was opened in. Who may reach Temporal can schedule any activity with any input, also under the id
 * of a run that they terminated; without this a workflow of their own could act in the name of another run, under a
 * policy of its choice.
 *
 * @throws {ApplicationFailure} Run.NotYours from the activities, not retried.
 */
export function forOwnRun<Activities extends { readonly [name: string]: RunActivity }>(
  db: Executor,
  activities: Activities,
): Activities {
  const opened = new OpenedRuns(db);
  const guarded = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: ForRun) => {
      await assertOwnRun(opened, input);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return (activity as (input: ForRun) => Promise<unknown>)(input);
    },
  ]);
  // The same names with the same signatures.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(guarded) as Activities;
}

async function assertOwnRun(opened: OpenedRuns, input: ForRun): Promise<void> {
  const runId = input.run === undefined ? input.runId : input.run.runId;
  const execution = activityInfo().workflowExecution;
  if (execution?.workflowId !== runId) throw notYours(runId, 'another workflow asked');
  if (input.run === undefined) return;
  const { run, pins } = input;
  const known = await opened.read(runId);
  if (known === undefined) throw notYours(runId, 'it was never opened');
  const isSame =
    run.runId.startsWith(`run/${run.tenant}/`) &&
    run.project === known.project &&
    run.specialist === known.specialist &&
    (pins === undefined || known.isPinned(pins));
  if (!isSame) throw notYours(runId, 'it was opened with something else');
  if (!(await opened.isExecution(known, execution))) {
    throw notYours(runId, 'another execution under its id asked');
  }
}

function notYours(runId: string, why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `nothing is done for ${runId}: ${why}`,
    FailureType.runNotYours,
  );
}

interface Opened {
  readonly project: string;
  readonly specialist: string;
  /** Whether these are the pins it was opened with. */
  readonly isPinned: (pins: RunPins) => boolean;
  /** Temporal's ids of its executions, as far as they were seen; with the first. */
  readonly executions: Set<string>;
}

/** One execution of a workflow, as Temporal names it. */
interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** Compares pins with these. A workflow says the same in the same order each time: its text alone tells mostly. */
function sameAs(pins: RunPins): (given: RunPins) => boolean {
  const canonical = canonicalJson(pins);
  let seen: string | undefined;
  return (given) => {
    const text = JSON.stringify(given);
    if (text === seen) return true;
    if (canonicalJson(given) !== canonical) return false;
    seen = text;
    return true;
  };
}

/** The beginnings of runs, which never change. */
class OpenedRuns {
  readonly #db: Executor;
  readonly #known = new Map<string, Opened>();

  constructor(db: Executor) {
    this.#db = db;
  }

  async read(runId: string): Promise<Opened | undefined> {
    const known = this.#known.get(runId);
    if (known !== undefined) return known;
    const row = await this.#row(runId);
    if (row === undefined) return undefined;
    const { project, specialist, pins, firstExecution } = row;
    const executions = new Set([firstExecution]);
    const opened = { project, specialist, isPinned: sameAs(pins), executions };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxRemembered && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(runId, opened);
    return opened;
  }

  /** Whether an execution continues the first one of a run, be it as new or reset; Temporal is asked once for each. */
  async isExecution({ executions }: Opened, execution: Execution): Promise<boolean> {
    if (executions.has(execution.runId)) return true;
    const first = await firstExecutionOf(execution);
    if (first === undefined || !executions.has(first)) return false;
    executions.add(execution.runId);
    return true;
  }

  async #row(runId: string): ReturnType<typeof getOpenedRun> {
    try {
      return await getOpenedRun(this.#db, runId);
    } catch (error) {
      throw translated(error, new AbortController().signal, 'try-again');
    }
  }
}

/** The first execution of a chain, as the beginning of a later one names it. */
async function firstExecutionOf(execution: Execution): Promise<string | undefined> {
  const { workflowService, options } = Context.current().client.workflow;
  const { history } = await workflowService.getWorkflowExecutionHistory({
    namespace: options.namespace,
    execution,
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return started?.firstExecutionRunId ?? undefined;
}
