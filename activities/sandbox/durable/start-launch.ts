import { spawn, type StdioOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { launcherShell } from '../launch/launch-arguments.ts';
import type { PipeEnds } from '../process/output-pipes.ts';
import type { ProcessStart } from '../process/supervised-process.ts';

/** What a supervisor and its command read from and print to. */
export interface LaunchStreams {
  /** A file, because a pipe would end with the worker and leave bubblewrap with half of its options. */
  readonly options: number;
  readonly output: PipeEnds;
  readonly input: number | undefined;
}

/** What is started. Descriptors are closed here. */
export interface LaunchStart extends Pick<ProcessStart, 'launchArguments' | 'leaks'> {
  readonly supervisorArguments: readonly string[];
  readonly streams: LaunchStreams;
}

/** A supervisor that was started by this process. */
export interface StartedLaunch {
  /** Its exit code, null when a signal ended it: see supervisor.sh. */
  readonly exited: Promise<number | null>;
  /** Lets this process end before the supervisor. */
  readonly leave: () => void;
}

/** How a supervisor ends when it got nowhere. */
export const supervisorExit = { begunBefore: 17, notBegun: 18 } as const;

const script = fileURLToPath(new URL('./supervisor.sh', import.meta.url));

/** Starts a supervisor in a session of its own: what ends the worker does not end it. */
export function startLaunch(start: LaunchStart): StartedLaunch {
  const { streams } = start;
  const child = spawn(
    launcherShell,
    [script, ...start.supervisorArguments, ...start.launchArguments],
    {
      stdio: stdioOf(start),
      detached: true,
      // SAFETY: it runs outside the sandbox: none of the command's variables may reach it.
      env: {},
      cwd: '/',
    },
  );
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  // Whoever waits for it sees the error as well.
  exited.catch(() => undefined);
  const { options, output, input } = streams;
  for (const descriptor of [options, output.readEnd, output.writeEnd]) closeSync(descriptor);
  if (input !== undefined) closeSync(input);
  return { exited, leave: () => child.unref() };
}

function stdioOf({ streams, leaks }: LaunchStart): StdioOptions {
  const { options, output, input } = streams;
  const stdio: ('ignore' | number)[] = [
    ...(['ignore', 'ignore', 'ignore', 'ignore'] as const),
    options,
    output.readEnd,
    output.writeEnd,
    input ?? leaks.blank,
  ];
  const own = stdio.length;
  for (const descriptor of leaks.descriptors.filter((each) => each >= own)) {
    while (stdio.length < descriptor) stdio.push('ignore');
    stdio[descriptor] = leaks.blank;
  }
  return stdio;
}
