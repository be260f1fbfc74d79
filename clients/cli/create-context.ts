import { resolveHome } from '../../domain/settings/home-folder.ts';
import type { CommandContext, OutputFlags, ProcessFacts, TextWriter } from './command-context.ts';
import { createInstanceDoor } from './instance/instance-door.ts';
import { createProgramRunner } from './instance/program-runner.ts';
import { createOutput } from './output/output.ts';

/** What a context is built from; `main.ts` gives the process's, tests give their own. */
export interface ContextDependencies {
  readonly facts: ProcessFacts;
  readonly stdout: TextWriter;
  readonly stderr: TextWriter;
  /** The Node program that runs us. */
  readonly nodeProgram: string;
  readonly setExitCode: (code: number) => void;
  readonly onInterrupt: CommandContext['onInterrupt'];
  /** Nothing when absent. */
  readonly stdin?: CommandContext['stdin'];
  /** As text to `stdout` when absent. */
  readonly writeBytes?: CommandContext['writeBytes'];
  /** The running instance of the data folder when absent. */
  readonly client?: CommandContext['client'];
  /** That of the data folder when absent. */
  readonly killSwitch?: CommandContext['killSwitch'];
  /** Prompts on the terminal of the process when absent. */
  readonly prompter?: CommandContext['prompter'];
}

/** Builds the context of one invocation. */
export function createContext(dependencies: ContextDependencies): CommandContext {
  const { facts, stdout, stderr, nodeProgram, setExitCode, onInterrupt } = dependencies;
  let current: OutputFlags = { json: false, quiet: false, verbose: false, color: true };
  const flags = (): OutputFlags => current;
  const home = resolveHome(
    {
      variables: facts.environment,
      platform: facts.platform,
      userFolder: facts.userFolder,
      isRoot: facts.isRoot,
    },
    facts.workingFolder,
  );
  const context: CommandContext = {
    ...facts,
    stdout,
    stderr,
    home,
    flags,
    setFlags: (next) => {
      current = next;
    },
    output: createOutput({
      stdout,
      stderr,
      flags,
      terminal: facts.terminal,
      environment: facts.environment,
    }),
    programs: createProgramRunner({ nodeProgram, environment: facts.environment }),
    setExitCode,
    onInterrupt,
    instance: createInstanceDoor(home, facts.sendSignal),
    stdin: dependencies.stdin ?? nothing(),
    writeBytes:
      dependencies.writeBytes ?? ((bytes) => stdout.write(Buffer.from(bytes).toString('utf8'))),
    client:
      dependencies.client ??
      (async () => {
        const { openClient } = await import('./open-client.ts');
        return await openClient(context);
      }),
    killSwitch:
      dependencies.killSwitch ??
      (async () => {
        const { openKillSwitch } = await import('./kill-switch/open-kill-switch.ts');
        return await openKillSwitch(context);
      }),
    prompter:
      dependencies.prompter ??
      (async () => {
        const { createClackPrompter } = await import('./people/prompts/clack-prompter.ts');
        return createClackPrompter(context);
      }),
  };
  return context;
}

async function* nothing(): AsyncGenerator<string> {
  // Tests and the reference have no input.
}
