import { exitInterrupted, HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { StartedRun } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { exitCodeOf } from '../following/exit-code.ts';
import { followRun } from '../following/follow-run.ts';
import { listenForInterrupts } from '../following/interrupts.ts';
import { diffOf } from '../following/show-run-end.ts';
import { withClient } from '../with-client.ts';
import { demoExamples, demoPrompt, type DemoExample } from './demo-examples.ts';
import { createDemoFollower, type DemoFollower } from './demo-follower.ts';
import { chooseDemoModel, rehearsalKey, type DemoModel } from './demo-model.ts';
import { demoDocument, demoText } from './demo-report.ts';
import { factLine } from './demo-text.ts';
import { answersOf } from './demo-answers.ts';
import { makeProject } from './example-project.ts';
import { prepareMachine } from './prepare-machine.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

/** Options of `demo` as commander gives them. */
export interface DemoOptions {
  readonly example: string;
  readonly model?: string;
  readonly yes?: boolean;
}

/** Runs the demo from set-up to its last line. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<void> {
  const began = performance.now();
  const example = demoExamples.get(options.example);
  if (example === undefined) throw new HoldfastError('not_found', `no example ${options.example}`);
  const { output } = context;
  output.talk(output.talkStyles().bold(`An agent repairs ${example.title}`));
  await prepareMachine(context, example);
  await withClient(context, async (client) => {
    const model = await modelOf(context, client, options.model);
    const answers = whoAnswers(context, { model, options });
    // From here on Ctrl-C must not leave anything behind; once a run is followed, following takes it up.
    const interrupts = listenForInterrupts(context);
    let standIn: StandIn | undefined;
    try {
      if (model.type === 'rehearsal') standIn = await startStandIn(context, client, example);
      const project = await makeProject(example, context.environment);
      output.talk(factLine(context, 'project', `${project} (the agent works on a copy)`));
      output.talk('');
      const started = await startRun(client, { project, example, model });
      if (interrupts.signal.aborted) {
        await client.cancelRun(started.runId, 'the demo was left');
        return sayLeft(context, started);
      }
      const follower = createDemoFollower(context, client, {
        ...started,
        answers,
      });
      const isOver = await followToEnd(context, { client, follower }, started);
      if (!isOver) return;
      await showEnd(context, { client, follower }, { started, example, project, began });
    } finally {
      await standIn?.remove();
      interrupts.stop();
    }
  });
}

function whoAnswers(
  context: CommandContext,
  { model, options }: { readonly model: DemoModel; readonly options: DemoOptions },
): 'itself' | 'person' {
  const isRehearsed = model.type !== 'configured';
  const canAsk = canPrompt(context);
  const answers = answersOf({ canAsk, yes: options.yes === true, isRehearsed });
  if (answers === 'nobody') {
    throw new HoldfastError(
      'invalid_argument',
      'the agent of the demo asks for an approval, and here nobody can be asked',
      { suggestion: 'let the demo approve by itself: holdfast demo --yes' },
    );
  }
  if (!canAsk) {
    const text = 'nobody can be asked here, so the demo gives it itself';
    context.output.talk(factLine(context, 'approval', text));
  }
  return answers;
}

async function modelOf(
  context: CommandContext,
  client: HoldfastClient,
  wanted: string | undefined,
): Promise<DemoModel> {
  const { home, environment: variables } = context;
  const { settings } = loadSettings({ home, variables, flags: {} });
  const definitions = await client.listDefinitions('model');
  const model = chooseDemoModel(wanted, { settings, definitions });
  context.output.talk(factLine(context, 'model', modelText(model)));
  return model;
}

function modelText(model: DemoModel): string {
  if (model.type === 'configured') return `${model.label} (as configured)`;
  const why = model.isAskedFor ? 'as asked for' : 'none is configured';
  return `${why}: scripted replies stand in for one, everything else is real`;
}

function startRun(
  client: HoldfastClient,
  demo: { readonly project: string; readonly example: DemoExample; readonly model: DemoModel },
): Promise<StartedRun> {
  const { project, example, model } = demo;
  const key = model.type === 'rehearsal' ? rehearsalKey : model.key;
  return client.startRun({
    project: example.folder,
    request: {
      prompt: demoPrompt,
      workspace: project,
      policy: 'headless-safe-sandbox',
      ...(key === undefined ? {} : { model: key }),
    },
  });
}

/** True when the run came to its end; a run that the person left is cancelled, for what answers it ends with us. */
async function followToEnd(
  context: CommandContext,
  doors: { readonly client: HoldfastClient; readonly follower: DemoFollower },
  started: StartedRun,
): Promise<boolean> {
  const { client, follower } = doors;
  const { runId } = started;
  try {
    const followed = await followRun(context, doors, { runId, after: 0, until: 'end' });
    follower.close();
    if (followed.type === 'ended') return true;
    if (followed.type === 'left') await client.cancelRun(runId, 'the demo was left');
    sayLeft(context, started);
    return false;
  } finally {
    follower.close();
  }
}

function sayLeft({ output, setExitCode }: CommandContext, { key }: StartedRun): void {
  setExitCode(exitInterrupted);
  output.talk(`the demo was left: run ${key} is cancelled, the instance stays up`);
}

async function showEnd(
  { output, setExitCode }: CommandContext,
  { client, follower }: { readonly client: HoldfastClient; readonly follower: DemoFollower },
  demo: {
    readonly started: StartedRun;
    readonly example: DemoExample;
    readonly project: string;
    readonly began: number;
  },
): Promise<void> {
  const { runId } = demo.started;
  const run = await client.getRun(runId);
  const facts = {
    ...demo,
    run,
    diff: await diffOf(client, run),
    temporalUrl: client.temporalUrl(runId),
    costSoFar: follower.costSoFar(),
    progress: follower.progress(),
    kill: follower.kill(),
    effects: await client.listEffects({ run: runId, limit: 1_000 }),
    tookMs: Math.round(performance.now() - demo.began),
  };
  const width = Math.min(output.width(), 100);
  output.result(demoDocument(facts), (styles) => demoText(facts, styles, width));
  setExitCode(exitCodeOf(run.status));
}
